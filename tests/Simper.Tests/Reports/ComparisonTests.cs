using System.Text.RegularExpressions;
using Simper.Reports;

namespace Simper.Tests.Reports;

public sealed class ComparisonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-compare-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private string Page(params string[] runs) => File.ReadAllText(Comparison.Write([.. runs.Select(At)], At("compare.html")));

    [Fact]
    public void Runs_are_compared_with_the_first_pair_by_pair()
    {
        RunFolders.Write(At("plain"), gain: 0.1);
        RunFolders.Write(At("strong"), gain: 0.3);
        string page = Page("plain", "strong");
        Assert.Contains("<h3>strong against plain</h3>", page, StringComparison.Ordinal);
        string row = Regex.Match(page, "<tr><th>mean log-prob, chosen</th>.*</tr>").Value;
        Assert.Contains("<td>+0.2000<small>+0.2000 to +0.2000</small></td><td>20 / 0 / 0</td>", row, StringComparison.Ordinal);
        Assert.Contains("after answer of plain", page, StringComparison.Ordinal);
        Assert.Contains("after answer of strong", page, StringComparison.Ordinal);
        Assert.Matches("<tr><th>learning_rate</th><td>0.1</td><td>0.3</td></tr>", page);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Objectives_without_a_common_scale_are_compared_by_log_probs()
    {
        RunFolders.Write(At("one"));
        RunFolders.Write(At("other"), lossType: "dpo");
        string page = Page("one", "other");
        Assert.Contains("<tr><th>accuracy by mean log-prob</th>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<tr><th>reward margin</th>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<tr><th>loss</th>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_of_one_objective_have_no_common_scale_either()
    {
        RunFolders.Write(At("one"), lossType: "simpo\nsimpo_gamma: 0.5");
        RunFolders.Write(At("other"), lossType: "simpo\nsimpo_gamma: 1.5");
        Assert.DoesNotContain("<tr><th>loss</th>", Page("one", "other"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dpo", false)]
    [InlineData("[simper, dpo]", false)]
    [InlineData("simper", true)]
    public void Rewards_against_other_references_have_no_common_scale(string lossType, bool common)
    {
        RunFolders.Write(At("one"), lossType: lossType);
        RunFolders.Write(At("other"), lossType: lossType, model: "models/another");
        Assert.Equal(common, Page("one", "other").Contains("<tr><th>reward margin</th>", StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_with_other_texts_are_no_common_pairs()
    {
        RunFolders.Write(At("one"));
        RunFolders.Write(At("other"), prompt: "Something else?");
        Assert.Contains("no held-out pair in common", Page("one", "other"), StringComparison.Ordinal);
    }

    [Fact]
    public void Pairs_of_one_run_alone_are_counted_and_left_out()
    {
        RunFolders.Write(At("one"), pairs: 20);
        RunFolders.Write(At("other"), pairs: 15);
        string page = Page("one", "other");
        Assert.Contains("15 held-out rows, each compared with itself", page, StringComparison.Ordinal);
        Assert.Contains("5 rows are not in both runs", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_run_twice_or_one_alone_is_no_comparison()
    {
        RunFolders.Write(At("one"));
        Assert.Contains(
            "given twice",
            Assert.Throws<SimperException>(() => Page("one", "one/")).Message,
            StringComparison.Ordinal
        );
        Assert.Contains("needs two runs", Assert.Throws<SimperException>(() => Page("one")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "is no folder",
            Assert.Throws<SimperException>(() => Page("one", "nowhere")).Message,
            StringComparison.Ordinal
        );
    }
}
