using System.Xml.Linq;
using Simper.Reports;
using SkiaSharp;

namespace Simper.Tests.Reports;

public sealed class FigureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-figure-").FullName;

    private static readonly Figure TwoCurves = new()
    {
        Title = "Loss <of> a run",
        XLabel = "step",
        YLabel = "loss",
        Curves =
        [
            new Curve("train", [1, 2, 3, 4], [0, -0.1, double.NaN, -0.3])
            {
                Low = [-0.1, -0.2, -0.3, -0.4],
                High = [0.1, 0, -0.1, -0.2],
            },
            new Curve("held out", [1, 4], [0, -0.2]) { Points = true, Dashed = true },
        ],
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_svg_is_a_document_that_names_axes_and_curves()
    {
        string file = Path.Combine(_folder, "sub", "loss.svg");
        TwoCurves.Save(file);
        XDocument svg = XDocument.Load(file);
        string[] texts = [.. svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value.Trim())];
        Assert.Contains("Loss <of> a run", texts);
        Assert.Contains("step", texts);
        Assert.Contains("loss", texts);
        Assert.Contains("train", texts);
        Assert.Contains("held out", texts);
        Assert.DoesNotContain("http", File.ReadAllText(file).Replace("http://www.w3.org", ""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_png_has_twice_the_pixels_and_the_colours_of_the_curves()
    {
        string file = Path.Combine(_folder, "loss.png");
        TwoCurves.Save(file);
        using SKBitmap picture = SKBitmap.Decode(file);
        Assert.Equal((2 * TwoCurves.Width, 2 * TwoCurves.Height), (picture.Width, picture.Height));
        SKColor[] pixels = picture.Pixels;
        Assert.Contains(SKColor.Parse("#0072B2"), pixels);
        Assert.Contains(SKColor.Parse("#D55E00"), pixels);
        Assert.Equal(SKColors.White, pixels[0]);
    }

    [Fact]
    public void Dark_figures_are_light_on_dark()
    {
        string svg = TwoCurves.ToSvg(dark: true);
        Assert.Contains("#16191D", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("#0072B2", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_figure_is_the_same_document_every_time() =>
        Assert.Equal(TwoCurves.ToSvg(dark: false), TwoCurves.ToSvg(dark: false));

    [Fact]
    public void Dashed_lines_are_dashed_in_svg_too()
    {
        Assert.Contains("stroke-dasharray", TwoCurves.ToSvg(dark: false), StringComparison.Ordinal);
        Figure solid = TwoCurves with { Curves = [.. TwoCurves.Curves.Select(c => c with { Dashed = false })] };
        Assert.DoesNotContain("stroke-dasharray", solid.ToSvg(dark: false), StringComparison.Ordinal);
    }

    [Fact]
    public void Logarithmic_axes_have_round_numbers_and_leave_out_zero()
    {
        var figure = new Figure
        {
            Title = "t",
            XLabel = "x",
            YLabel = "y",
            LogX = true,
            Curves = [new Curve("a", [0, 1, 10, 1000], [5, 1, 2, 3])],
        };
        string[] texts =
        [
            .. XDocument
                .Parse(figure.ToSvg(dark: false))
                .Descendants()
                .Where(e => e.Name.LocalName == "text")
                .Select(e => e.Value.Trim()),
        ];
        Assert.Contains("100", texts);
        Assert.Contains("1000", texts);
        Assert.DoesNotContain("5", texts);
    }

    [Fact]
    public void Many_powers_of_ten_are_thinned_and_none_is_written_as_zero()
    {
        var figure = new Figure
        {
            Title = "t",
            XLabel = "x",
            YLabel = "y",
            LogY = true,
            Curves = [new Curve("a", [1, 2, 3], [3e-32, 1e-16, 0.1])],
        };
        string[] texts =
        [
            .. XDocument
                .Parse(figure.ToSvg(dark: false))
                .Descendants()
                .Where(e => e.Name.LocalName == "text")
                .Select(e => e.Value.Trim()),
        ];
        Assert.Contains("1e-20", texts);
        Assert.InRange(texts.Count(t => t.StartsWith("1e-", StringComparison.Ordinal)), 5, 11);
        Assert.DoesNotContain("0", texts);
    }

    [Fact]
    public void Long_names_all_find_room_in_the_legend()
    {
        string[] names = [.. Enumerable.Range(1, 6).Select(i => $"objective {i} (beta=2,gamma=1), rejected")];
        var figure = new Figure
        {
            Title = "t",
            XLabel = "x",
            YLabel = "y",
            Curves = [.. names.Select(n => new Curve(n, [1, 2], [1, 2]))],
        };
        string svg = figure.ToSvg(dark: false);
        Assert.All(names, n => Assert.Contains(n, svg, StringComparison.Ordinal));
    }

    [Fact]
    public void On_a_page_labels_keep_their_digits_below_zero_too()
    {
        var figure = new Figure
        {
            Title = "t",
            XLabel = "x",
            YLabel = "y",
            Curves = [new Curve("a", [-0.25, -0.2], [-0.13, -0.12])],
        };
        string[] texts =
        [
            .. XDocument
                .Parse(InlineFigure.Of(figure, "f").Text)
                .Descendants()
                .Where(e => e.Name.LocalName == "text")
                .Select(e => e.Value.Trim()),
        ];
        Assert.Contains("-0.25", texts);
        Assert.Contains("-0.13", texts);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Few_points_are_drawn_without_complaint(int points)
    {
        double[] values = [.. Enumerable.Repeat(2.0, points)];
        var figure = new Figure
        {
            Title = "t",
            XLabel = "x",
            YLabel = "y",
            Curves = [new Curve("a", values, values)],
        };
        figure.Save(Path.Combine(_folder, "few.png"));
        Assert.True(new FileInfo(Path.Combine(_folder, "few.png")).Length > 1000);
    }

    [Fact]
    public void Another_ending_is_refused() =>
        Assert.Contains(
            ".png",
            Assert.Throws<SimperException>(() => TwoCurves.Save(Path.Combine(_folder, "loss.pdf"))).Message,
            StringComparison.Ordinal
        );
}
