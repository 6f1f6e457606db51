using System.Text.RegularExpressions;

namespace Simper.Reports;

/// <summary>
/// A figure embedded in a page: it inherits the page's colours and font, so that one drawing serves light mode, dark mode and
/// print.
/// </summary>
internal static partial class InlineFigure
{
    // Drawn smaller than an image file, so that its text is legible on a page 390 pixels wide; it scales with the page.
    private const int Width = 480;
    private const int LowestHeight = 300;

    /// <summary>The figure's SVG element; screen readers get its title and axes.</summary>
    /// <param name="figure">What to draw; its title is left to the page.</param>
    /// <param name="id">Unique on the page.</param>
    public static Html Of(Figure figure, string id)
    {
        Figure drawn = figure with
        {
            Title = "",
            Width = Width,
            Height = Math.Max(figure.Height * Width / figure.Width, LowestHeight),
        };
        string svg = drawn.Svg(Palette.Light);
        svg = svg[svg.IndexOf("<svg", StringComparison.Ordinal)..];
        string head = Html.Of(
            $"<svg class=\"figure\" viewBox=\"0 0 {drawn.Width} {drawn.Height}\" role=\"img\" "
                + $"aria-label=\"{figure.Title}: {figure.YLabel} over {figure.XLabel}\" xmlns=\"http://www.w3.org/2000/svg\">"
        ).Text;
        string body = svg[(svg.IndexOf('>') + 1)..].Replace("\"white\"", "\"#FFFFFF\"", StringComparison.Ordinal);
        body = Spaces().Replace(body, "><");
        body = Identifier().Replace(body, m => $"{m.Groups[1].Value}{id}-{m.Groups[2].Value}");
        body = LongNumber().Replace(body, "$1");
        foreach ((string colour, string name, _) in Names)
            body = body.Replace($"\"{colour}\"", $"\"var(--{name})\"", StringComparison.OrdinalIgnoreCase);
        return new Html(head + body);
    }

    /// <summary>The CSS variables that figures use, with the colours of a palette.</summary>
    public static string Variables(Palette palette) => string.Concat(Names.Select(n => $"--{n.Name}:{n.Of(palette)};"));

    private static readonly (string Colour, string Name, Func<Palette, string> Of)[] Names =
    [
        (Palette.Light.Ground, "ground", p => p.Ground),
        (Palette.Light.Ink, "ink", p => p.Ink),
        (Palette.Light.Grid, "grid", p => p.Grid),
        .. Palette.Light.Curves.Select((c, i) => (c, $"curve{i}", (Func<Palette, string>)(p => p.Curves[i]))),
    ];

    [GeneratedRegex(@">\s+<")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"(id=""|url\(#)(clip)")]
    private static partial Regex Identifier();

    // A tenth of a pixel is precise enough; only inside tags, since labels are numbers too.
    [GeneratedRegex(@"(?<=[MLHV ,""-])(\d+\.\d)\d+(?=[^<>]*>)")]
    private static partial Regex LongNumber();
}
