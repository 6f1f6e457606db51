using System.Text.RegularExpressions;

namespace Simper.Reports;

/// <summary>
/// Fixes Skia's SVG output: it uses the font file's own family name, positions every letter separately, drops dashes, and numbers
/// clip paths across the whole process.
/// </summary>
internal static partial class SvgText
{
    /// <summary>The width by which dashed lines are recognised, see <see cref="Mended"/>.</summary>
    public const float DashedWidth = 2.125f;

    /// <summary>
    /// The document with real text, in the embedded font, and with dashed lines.
    /// </summary>
    public static string Mended(string svg) =>
        Text()
            .Replace(
                Renumbered(svg),
                m =>
                    $"<text{Family().Replace(m.Groups[1].Value, $"font-family=\"{FigureFont.Name}, sans-serif\"")}"
                    + $"x=\"{m.Groups[2].Value}\" y=\"{m.Groups[3].Value}\">{m.Groups[4].Value}</text>"
            )
            .Replace("stroke-width=\"2.125\"", "stroke-width=\"2.125\" stroke-dasharray=\"7 4\"", StringComparison.Ordinal);

    // The same figure gives the same file, whatever was drawn before it.
    private static string Renumbered(string svg)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return ClipPath()
            .Replace(
                svg,
                m =>
                {
                    numbers.TryAdd(m.Value, numbers.Count);
                    return $"clip{numbers[m.Value]}";
                }
            );
    }

    [GeneratedRegex("""(?<=id="|url\(#)cl_[0-9a-f]+""")]
    private static partial Regex ClipPath();

    [GeneratedRegex("""<text([^>]*)x="([^,"]+)[^"]*" y="([^,"]+)[^"]*">\s*([^<]*?)\s*</text>""")]
    private static partial Regex Text();

    [GeneratedRegex("font-family=\"[^\"]*\"")]
    private static partial Regex Family();
}
