using System.Text.RegularExpressions;

namespace Simper.Reports;

/// <summary>
/// Mends what Skia writes into SVG: it names the font file's own family, places every letter by itself, leaves dashes out, and
/// numbers clip paths on through the life of the process.
/// </summary>
internal static partial class SvgText
{
    /// <summary>The width by which dashed lines are known, see <see cref="Mended"/>.</summary>
    public const float DashedWidth = 2.125f;

    /// <summary>
    /// The document with texts that are texts, in the font that travels with it, and dashed lines that are dashed.
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

    // The same figure is the same file, whatever was drawn before it.
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
