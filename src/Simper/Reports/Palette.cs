using ScottPlot;

namespace Simper.Reports;

/// <summary>
/// The colours of figures on light and dark backgrounds: those of Okabe and Ito (2008), which colour-blind people can
/// distinguish, lightened for the dark.
/// </summary>
internal sealed record Palette(string Ground, string Ink, string Grid, IReadOnlyList<string> Curves)
{
    public static readonly Palette Light = new(
        "#FFFFFF",
        "#1F2328",
        "#E3E6EA",
        ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9", "#6B6B6B"]
    );

    public static readonly Palette Dark = new(
        "#16191D",
        "#E6E8EB",
        "#30353C",
        ["#5DB7F0", "#FF9150", "#35C79A", "#E8A3CB", "#E6C04A", "#A5D8FF", "#A8ADB4"]
    );

    public Color Curve(int place) => Color.FromHex(Curves[place % Curves.Count]);
}
