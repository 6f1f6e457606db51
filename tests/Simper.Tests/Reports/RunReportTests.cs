using System.Text.RegularExpressions;
using Simper.Objectives;
using Simper.Reports;

namespace Simper.Tests.Reports;

public sealed partial class RunReportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    [Fact]
    public void A_recipe_s_keys_are_read_as_yaml()
    {
        string folder = RunFolders.Write(At("run"));
        File.WriteAllText(
            Path.Combine(folder, "recipe.yaml"),
            "# loss_type: dpo\nloss_type: [sft, simper] # both\nmodel_name_or_path: 'it''s \"mine\"'\nlearning_rate : 1e-6\n"
        );
        RunRecord run = RunRecord.Read(folder);
        Assert.Equal("it's \"mine\"", run.Key("model_name_or_path"));
        Assert.Equal(("sft,simper", "1e-6", ""), (run.Key("loss_type"), run.Key("learning_rate"), run.Key("seed")));
    }

    [Fact]
    public void A_page_has_its_sections_its_figures_and_nothing_from_elsewhere()
    {
        string page = File.ReadAllText(RunReport.Write(RunFolders.Write(At("run"))));
        string[] headings = [.. Headings().Matches(page).Select(m => m.Groups[1].Value)];
        Assert.Equal(
            [
                "run",
                "What changed on held-out pairs",
                "The course of training",
                "Answers to held-out prompts",
                "Held-out pairs",
                "Most improved",
                "Most worsened",
                "Worst after training",
                "Recipe",
            ],
            headings
        );
        string[] figures = [.. FigureIds().Matches(page).Select(m => m.Groups[1].Value)];
        Assert.Equal(
            [
                "loss",
                "accuracy",
                "margin",
                "logprob",
                "perplexity",
                "probability",
                "gradient-norm",
                "length",
                "learning-rate",
                "tokens-per-second",
                "pairs-per-second",
                "memory",
                "margins",
            ],
            figures
        );
        Assert.Equal(figures.Length, Regex.Count(page, "<svg "));
        Assert.DoesNotMatch("""(src|href)="(?!data:)""", page);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("url(http", page, StringComparison.Ordinal);
        foreach (string figure in figures)
            Assert.True(File.Exists(At($"run/plots/{figure}.png")) && File.Exists(At($"run/plots/{figure}.svg")), figure);
    }

    [Fact]
    public void Every_figure_of_the_table_carries_its_statistics()
    {
        string page = File.ReadAllText(RunReport.Write(RunFolders.Write(At("run"))));
        Match row = Regex.Match(page, "<tr><th>reward accuracy</th>.*</tr>");
        // 10 of 20 right before, all after: Wilson's intervals, McNemar's p = 2 / 2^10.
        Assert.Equal(
            "reward accuracy|50.0 %|29.9 % to 70.1 %|100.0 %|83.9 % to 100.0 %|+50.0 pts|10 / 0 / 10|0.0020|better ↑",
            string.Join('|', Regex.Split(row.Value, "<[^>]*>").Where(t => t.Length > 0).Where((_, i) => i is not (6 or 9)))
        );
        Assert.Contains("20 held-out rows, each compared with itself", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_data_and_model_never_become_markup()
    {
        const string hostile = "<script>alert('x')</script><img src=x onerror=\"y\">\u0000\u202e&amp;";
        RunFolders.Write(At("run"), prompt: hostile);
        File.AppendAllText(At("run/recipe.yaml"), "note: '</pre><script>1</script>'\n");
        string page = File.ReadAllText(RunReport.Write(At("run")));
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\0', page);
        Assert.Contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;", page, StringComparison.Ordinal);
        Assert.Contains("&amp;amp;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Thousands_of_steps_make_no_heavy_page()
    {
        string page = RunReport.Write(RunFolders.Write(At("run"), pairs: 10, steps: 8000));
        Assert.InRange(new FileInfo(page).Length, 100_000, 3_000_000);
    }

    [Fact]
    public void Coefficients_of_the_gradient_are_drawn_where_they_are_logged()
    {
        RunFolders.Write(At("run"));
        File.AppendAllLines(At("run/metrics.jsonl"), ["""{"step":30,"gradients/chosen":0.4,"gradients/rejected":0.2}"""]);
        Assert.Contains(
            """<figure id="gradient-balance">""",
            File.ReadAllText(RunReport.Write(At("run"))),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Single_answers_are_judged_by_their_labels()
    {
        RunFolders.Write(At("run"));
        PairRecord Single(string when, int row, double meanLogProb, bool good) =>
            PairRecord.Of(
                when,
                good
                    ? new PairOutcome(row, 0.5, 1, meanLogProb, double.NaN, 4 * meanLogProb, double.NaN, 4, 0)
                    : new PairOutcome(row, 0.5, 1, double.NaN, meanLogProb, double.NaN, 4 * meanLogProb, 0, 4),
                when == "before" ? new PairTexts("What?", good ? "good " + row : null, good ? null : "bad " + row) : null
            );
        File.WriteAllLines(
            At("run/pairs.jsonl"),
            (
                (PairRecord[])
                    [
                        Single("before", 1, -2, true),
                        Single("before", 2, -2, false),
                        Single("before", 3, -2, false),
                        Single("after", 1, -1, true),
                        Single("after", 2, -2.5, false),
                        Single("after", 3, -1.5, false),
                    ]
            ).Select(p => p.ToJson().ToJsonString())
        );
        string page = File.ReadAllText(RunReport.Write(At("run")));
        Assert.DoesNotContain("<tr><th>reward accuracy</th>", page, StringComparison.Ordinal);
        Assert.Matches("<tr><th>mean log-prob, chosen</th>.*<td>1 / 0 / 0</td>", page);
        Assert.Matches("<tr><th>mean log-prob, rejected</th>.*<td>1 / 1 / 0</td>", page);
        Assert.Matches(
            "(?s)Most improved.*<td>good</td><td class=\"text\">good 1.*<td>bad</td><td class=\"text\">bad 2.*Most "
                + "worsened.*<td>bad</td><td class=\"text\">bad 3",
            page
        );
    }

    [Fact]
    public void A_fall_of_the_chosen_answers_is_said_first()
    {
        Assert.Contains(
            "became less likely",
            File.ReadAllText(RunReport.Write(RunFolders.Write(At("fell"), gain: -0.2))),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            "became less likely",
            File.ReadAllText(RunReport.Write(RunFolders.Write(At("rose")))),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_run_without_held_out_pairs_says_that_nothing_can_be_said()
    {
        RunFolders.Write(At("run"));
        File.Delete(At("run/pairs.jsonl"));
        File.Delete(At("run/samples.jsonl"));
        Assert.Contains("nothing can be said", File.ReadAllText(RunReport.Write(At("run"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("recipe.yaml", "is not the folder of a run")]
    [InlineData("summary.json", "not finished")]
    public void A_folder_that_lacks_a_file_is_told_what_it_lacks(string missing, string sentence)
    {
        RunFolders.Write(At("run"));
        File.Delete(At("run/" + missing));
        Assert.Contains(
            sentence,
            Assert.Throws<SimperException>(() => RunReport.Write(At("run"))).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("metrics.jsonl", "{\"step\":", "metrics.jsonl, line")]
    [InlineData("pairs.jsonl", "{\"when\":\"after\"}", "pairs.jsonl, line")]
    [InlineData("samples.jsonl", "[1]", "samples.jsonl, line")]
    public void A_damaged_line_is_named(string file, string line, string place)
    {
        RunFolders.Write(At("run"));
        File.AppendAllText(At("run/" + file), line + "\n");
        Assert.Contains(
            place,
            Assert.Throws<SimperException>(() => RunReport.Write(At("run"))).Message,
            StringComparison.Ordinal
        );
    }

    [GeneratedRegex("<h[123]>([^<]*)</h[123]>")]
    private static partial Regex Headings();

    [GeneratedRegex("<figure id=\"([^\"]*)\">")]
    private static partial Regex FigureIds();
}
