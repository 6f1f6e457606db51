using ScottPlot;
using SkiaSharp;

namespace Simper.Reports;

/// <summary>
/// The font of figures is embedded in the program, so that machines without fonts can draw them too, and all machines draw the
/// same.
/// </summary>
internal sealed class FigureFont : IFontResolver
{
    public const string Name = "Simper Figure";

    private static readonly byte[] File = Resource.Bytes("Roboto.ttf");

    /// <summary>A CSS rule that embeds the font in a page.</summary>
    public static string FontFace { get; } =
        $"@font-face{{font-family:\"{Name}\";src:url(data:font/ttf;base64,{Convert.ToBase64String(File)})}}";

    /// <summary>Registers the font for plots in this process, once.</summary>
    public static void Register() => _ = Registered.Value;

    private static readonly Lazy<bool> Registered = new(() =>
    {
        Fonts.FontResolvers.Insert(0, new FigureFont());
        return true;
    });

    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName == Name ? SKTypeface.FromData(SKData.CreateCopy(File)) : null;

    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
        CreateTypeface(fontName, FontWeight.Normal, FontSlant.Upright, FontSpacing.Normal);
}
