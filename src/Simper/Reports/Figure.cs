using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;
using Simper.Checkpoints;

namespace Simper.Reports;

/// <summary>
/// Curves with axes and a legend, for a file or a page. Immutable; figures may be drawn from several threads at once.
/// </summary>
public sealed record Figure
{
    /// <summary>The title, above the curves.</summary>
    public required string Title { get; init; }

    /// <summary>Label of the horizontal axis, with its unit.</summary>
    public required string XLabel { get; init; }

    /// <summary>Label of the vertical axis, with its unit.</summary>
    public required string YLabel { get; init; }

    /// <summary>The curves, the first at the back.</summary>
    public IReadOnlyList<Curve> Curves { get; init; } = [];

    /// <summary>Whether the horizontal axis is logarithmic; points at 0 and below are then skipped.</summary>
    public bool LogX { get; init; }

    /// <summary>Whether the vertical axis is logarithmic; points at 0 and below are then skipped.</summary>
    public bool LogY { get; init; }

    /// <summary>In pixels.</summary>
    public int Width { get; init; } = 640;

    /// <summary>In pixels.</summary>
    public int Height { get; init; } = 360;

    /// <summary>Writes an image on a light background: .svg, or .png at twice the pixels.</summary>
    /// <exception cref="SimperException">The extension is neither, or the file cannot be written.</exception>
    public void Save(string path)
    {
        string ending = Path.GetExtension(path).ToLowerInvariant();
        if (ending is not (".svg" or ".png"))
            throw new SimperException($"{path}: figures are written as .svg or .png; give the file one of these endings.");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            if (ending == ".svg")
                WholeFile.Write(path, ToSvg(dark: false));
            else
                WholeFile.Write(
                    path,
                    Draw(Palette.Light, scale: 2, LinePattern.Dashed)
                        .GetImage(2 * Width, 2 * Height)
                        .GetImageBytes(ImageFormat.Png)
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{path} cannot be written: {FileFault.Sentence(e)}.", e);
        }
    }

    /// <summary>An SVG document with its font embedded.</summary>
    /// <param name="dark">Whether the background is dark.</param>
    public string ToSvg(bool dark)
    {
        string svg = Svg(dark ? Palette.Dark : Palette.Light);
        return svg.Insert(
            svg.IndexOf('>', svg.IndexOf("<svg", StringComparison.Ordinal)) + 1,
            $"<style>{FigureFont.FontFace}</style>"
        );
    }

    /// <summary>The SVG document without its font.</summary>
    internal string Svg(Palette palette) =>
        SvgText.Mended(Draw(palette, scale: 1, dashes: LinePattern.Solid).GetSvgXml(Width, Height));

    // Skia draws no dashes into SVG and logs warnings about them to the terminal: they are drawn solid at first, and identified
    // by their width.
    private Plot Draw(Palette palette, float scale, LinePattern dashes)
    {
        FigureFont.Register();
        var plot = new Plot { ScaleFactor = scale };
        Color ink = Color.FromHex(palette.Ink);
        plot.FigureBackground.Color = plot.DataBackground.Color = Color.FromHex(palette.Ground);
        plot.Font.Set(FigureFont.Name);
        plot.Axes.Color(ink);
        plot.Grid.MajorLineColor = Color.FromHex(palette.Grid);
        plot.Axes.Top.FrameLineStyle.Width = plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Right.MinimumSize = 18; // half of the last tick's label
        for (int i = 0; i < Curves.Count; i++)
            Add(plot, Curves[i], palette.Curve(Curves[i].Colour ?? i), dashes);
        (double left, double right, double low, double high) = Limits();
        plot.Axes.SetLimits(left, right, low, high);
        Label(plot.Axes.Title.Label, Title, 15, ink);
        Label(plot.Axes.Bottom.Label, XLabel, 12, ink);
        Label(plot.Axes.Left.Label, YLabel, 12, ink);
        plot.Axes.Left.Label.OffsetX = -5; // away from the numbers
        plot.Axes.Bottom.TickGenerator = Ticks(LogX, left, right, Curves.All(c => c.X.All(double.IsInteger)));
        plot.Axes.Left.TickGenerator = Ticks(LogY, low, high, whole: false);
        AddLegend(plot, palette, ink);
        return plot;
    }

    private void Add(Plot plot, Curve curve, Color colour, LinePattern dashes)
    {
        (double X, double Y, int Index)[] points = Points(curve);
        if (points.Length == 0)
            return;
        if (curve is { Low: { } lows, High: { } highs })
        {
            var band = points
                .Select(p => (p.X, Low: Place(lows[p.Index], LogY), High: Place(highs[p.Index], LogY)))
                .Where(p => double.IsFinite(p.Low) && double.IsFinite(p.High))
                .ToArray();
            if (band.Length > 0 && curve.Line)
            {
                ScottPlot.Plottables.FillY filled = plot.Add.FillY(
                    [.. band.Select(b => b.X)],
                    [.. band.Select(b => b.Low)],
                    [.. band.Select(b => b.High)]
                );
                (filled.FillColor, filled.LineWidth) = (colour.WithAlpha(0.16), 0);
            }
            foreach ((double x, double bottom, double top) in curve.Line ? [] : band)
                plot.Add.Line(x, bottom, x, top).LineColor = colour;
        }
        ScottPlot.Plottables.Scatter scatter = plot.Add.Scatter(
            (double[])[.. points.Select(p => p.X)],
            [.. points.Select(p => p.Y)]
        );
        scatter.Color = curve.Faint ? colour.WithAlpha(0.4) : colour;
        scatter.LineWidth =
            !curve.Line ? 0
            : curve.Faint ? 1
            : curve.Dashed ? SvgText.DashedWidth
            : 2;
        scatter.LinePattern = curve.Dashed ? dashes : LinePattern.Solid;
        scatter.MarkerSize = curve.Points || points.Length == 1 ? 7 : 0;
        scatter.LegendText = curve.Name;
    }

    private void AddLegend(Plot plot, Palette palette, Color ink)
    {
        if (Curves.Count(c => c.Name.Length > 0) < 2)
        {
            plot.HideLegend();
            return;
        }
        ScottPlot.Panels.LegendPanel panel = plot.ShowLegend(Edge.Bottom);
        panel.Padding = new PixelPadding(0);
        // The panel measures one line, whatever the width; names that do not fit wrap to further lines.
        panel.MinimumSize =
            24 * (float)Math.Ceiling(Curves.Where(c => c.Name.Length > 0).Sum(c => 36 + 7.5 * c.Name.Length) / (Width - 40));
        Legend legend = panel.Legend;
        legend.Orientation = Orientation.Horizontal;
        legend.TightHorizontalWrapping = true; // else the longest name makes all of them wide, and what does not fit is dropped
        (legend.FontName, legend.FontSize, legend.FontColor, legend.SymbolWidth) = (FigureFont.Name, 12, ink, 18);
        legend.BackgroundColor = Color.FromHex(palette.Ground);
        legend.OutlineWidth = 0;
        legend.ShadowColor = Colors.Transparent;
    }

    private static void Label(LabelStyle label, string text, float size, Color ink)
    {
        (label.Text, label.FontName, label.FontSize, label.Bold, label.ForeColor) = (text, FigureFont.Name, size, false, ink);
        label.IsVisible = text.Length > 0;
    }

    private static double Place(double value, bool log) => log ? Math.Log10(value) : value;

    // The points of a curve in axis coordinates; those that cannot be placed are dropped.
    private (double X, double Y, int Index)[] Points(Curve curve) =>
        [
            .. Enumerable
                .Range(0, curve.X.Count)
                .Select(i => (X: Place(curve.X[i], LogX), Y: Place(curve.Y[i], LogY), i))
                .Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)),
        ];

    private (double Left, double Right, double Low, double High) Limits()
    {
        (double X, double Y)[] all =
        [
            .. Curves.SelectMany(c =>
                Points(c)
                    .SelectMany(p =>
                        new[] { c.Low, c.High }
                            .Select(end => (p.X, Y: end is null ? p.Y : Place(end[p.Index], LogY)))
                            .Append((p.X, p.Y))
                    )
            ),
        ];
        (double left, double right) = Extent(all.Select(p => p.X), margin: 0.02);
        (double low, double high) = Extent(all.Select(p => p.Y), margin: 0.06);
        return (left, right, low, high);
    }

    private static (double Low, double High) Extent(IEnumerable<double> values, double margin)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        if (finite.Length == 0)
            return (0, 1);
        (double low, double high) = (finite.Min(), finite.Max());
        // A flat curve gets a margin in proportion to its height, so that noise in the last digit does not fill the figure.
        double room = Math.Max((high - low) * margin, Math.Max(Math.Abs(high) * 1e-3, 1e-9));
        return (low - room, high + room);
    }

    private static ITickGenerator Ticks(bool log, double low, double high, bool whole)
    {
        if (!log)
            return new NumericAutomatic { LabelFormatter = AxisText.Of, IntegerTicksOnly = whole };
        var ticks = new NumericManual();
        double[] digits = high - low > 2.5 ? [1] : [1, 2, 5];
        double stride = Math.Max(1, Math.Ceiling((high - low) / 10));
        for (double power = stride * Math.Floor(low / stride); power <= high; power += stride)
        {
            foreach (double digit in digits.Where(d => power + Math.Log10(d) is var at && at >= low && at <= high))
                ticks.AddMajor(
                    power + Math.Log10(digit),
                    power < -11
                        ? string.Create(CultureInfo.InvariantCulture, $"{digit}e{power}")
                        : AxisText.Of(digit * Math.Pow(10, power))
                );
        }
        return ticks;
    }
}
