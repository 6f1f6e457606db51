using System.Text.Json.Nodes;
using Simper.Reports;

namespace Simper.Tests.Reports;

/// <summary>Pages as a browser shows them: whole, quiet, and in the colours that were asked for.</summary>
public sealed class PageInBrowserTests : IDisposable
{
    private const string White = "rgb(255, 255, 255)";
    private const string Night = "rgb(22, 25, 29)";

    // Per figure its height and how many of its lines and points have a visible colour and an extent.
    private const string Figures = """
        document.fonts.ready.then(() => [...document.querySelectorAll('svg.figure')].map(svg => ({
          height: svg.getBoundingClientRect().height,
          drawn: [...svg.querySelectorAll('g path, g ellipse, g circle')].filter(p => {
            const style = getComputedStyle(p), box = p.getBBox();
            return (/^rgb/.test(style.stroke) || /^rgb/.test(style.fill)) && box.width + box.height > 0; }).length,
          texts: [...svg.querySelectorAll('text')].filter(t => t.getBBox().width > 0).length,
        })))
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("simper-page-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("light", "screen", 1240, White, "rgb(0, 114, 178)")]
    [InlineData("dark", "screen", 1240, Night, "rgb(93, 183, 240)")]
    [InlineData("dark", "screen", 420, Night, "rgb(93, 183, 240)")]
    [InlineData("dark", "print", 800, White, "rgb(0, 114, 178)")]
    public async Task A_page_shows_its_figures_without_a_complaint_or_a_request(
        string scheme,
        string medium,
        int width,
        string ground,
        string firstCurve
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        CancellationToken cancel = limit.Token;
        using Browser browser = await Browser.Start(cancel);
        RunFolders.Write(Path.Combine(_folder, "one"), gain: 0.1, prompt: "<script>document.title = 'broken in'</script>");
        RunFolders.Write(Path.Combine(_folder, "two"), gain: 0.3, prompt: "<script>document.title = 'broken in'</script>");
        foreach (
            string page in (string[])
                [
                    RunReport.Write(Path.Combine(_folder, "one")),
                    Comparison.Write(
                        [Path.Combine(_folder, "one"), Path.Combine(_folder, "two")],
                        Path.Combine(_folder, "compare.html")
                    ),
                ]
        )
        {
            await browser.Open(page, scheme, medium, width, cancel);
            JsonArray figures = (await browser.Ask(Figures, cancel))!.AsArray();
            Assert.InRange(figures.Count, 12, 14);
            Assert.All(
                figures,
                f => Assert.True((double)f!["height"]! > 100 && (int)f["drawn"]! > 0 && (int)f["texts"]! > 5, f!.ToJsonString())
            );
            Assert.Equal(ground, (string?)await browser.Ask("getComputedStyle(document.body).backgroundColor", cancel));
            Assert.Equal(
                firstCurve,
                (string?)await browser.Ask("getComputedStyle(document.querySelector('#loss g path[fill=none]')).stroke", cancel)
            );
            Assert.True((bool)(await browser.Ask("document.fonts.check('12px \"Simper Figure\"')", cancel))!);
            Assert.True(
                (bool)(await browser.Ask("document.documentElement.scrollWidth <= innerWidth", cancel))!,
                "The page is wider than the window."
            );
            Assert.NotEqual("broken in", (string?)await browser.Ask("document.title", cancel));
            Assert.Empty(browser.Complaints);
            Assert.Equal([new Uri(page).AbsoluteUri], browser.Requests);
        }
    }

    // What stands out of the window to the right, outside of what scrolls by itself; and figures whose letters are too small to
    // read.
    private const string Outside = """
        [...document.querySelectorAll('body *')].filter(e => !e.closest('svg') || e.tagName === 'svg').filter(e => {
          for (let up = e.parentElement; up; up = up.parentElement)
            if (['auto', 'scroll'].includes(getComputedStyle(up).overflowX)) return false;
          const box = e.getBoundingClientRect();
          return box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5); }).map(e => e.outerHTML.slice(0, 80))
        """;

    private const string SmallestLetters = """
        Math.min(...[...document.querySelectorAll('svg.figure')].map(svg =>
          svg.getBoundingClientRect().width / svg.viewBox.baseVal.width
            * Math.min(...[...svg.querySelectorAll('text')].map(t => parseFloat(getComputedStyle(t).fontSize)))))
        """;

    [Theory]
    [InlineData(320)]
    [InlineData(390)]
    [InlineData(640)]
    [InlineData(768)]
    public async Task A_page_fits_a_phone(int width)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        CancellationToken cancel = limit.Token;
        using Browser browser = await Browser.Start(cancel);
        string word = new('w', 120); // a name or a text without a space
        RunFolders.Write(Path.Combine(_folder, "one"), gain: 0.1, prompt: word);
        RunFolders.Write(Path.Combine(_folder, word), gain: 0.3, prompt: "Several words.\n" + word);
        foreach (
            string page in (string[])
                [
                    RunReport.Write(Path.Combine(_folder, word)),
                    Comparison.Write(
                        [Path.Combine(_folder, "one"), Path.Combine(_folder, word)],
                        Path.Combine(_folder, "compare.html")
                    ),
                ]
        )
        {
            await browser.Open(page, "light", "screen", width, cancel);
            await browser.Ask("document.fonts.ready.then(() => 0)", cancel);
            Assert.Equal("[]", (await browser.Ask(Outside, cancel))!.ToJsonString());
            Assert.True(
                (bool)(await browser.Ask("document.documentElement.scrollWidth <= innerWidth", cancel))!,
                "The page is wider than the window."
            );
            Assert.True(
                (double)(await browser.Ask(SmallestLetters, cancel))! >= (width < 390 ? 7 : 8.5),
                "The letters of a figure are too small."
            );
            // Texts stand one below the other, not in columns of a few letters.
            Assert.True(
                (double)
                    (
                        await browser.Ask(
                            "Math.min(...[...document.querySelectorAll('.texts tbody td.text')].map(t => "
                                + "t.getBoundingClientRect().width))",
                            cancel
                        )
                    )! > 120,
                "A column of texts is too narrow."
            );
        }
    }

    [Fact]
    public async Task What_a_page_complains_of_and_asks_for_is_noticed()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using Browser browser = await Browser.Start(cancel);
        string page = Path.Combine(_folder, "bad.html");
        await File.WriteAllTextAsync(
            page,
            "<!DOCTYPE html><title>bad</title><img src='nothing.png'><script>console.error('said')</script>",
            cancel
        );
        await browser.Open(page, "light", "screen", 800, cancel);
        Assert.Contains(browser.Complaints, c => c.Contains("said", StringComparison.Ordinal));
        Assert.Contains(browser.Requests, r => r.EndsWith("nothing.png", StringComparison.Ordinal));
    }
}
