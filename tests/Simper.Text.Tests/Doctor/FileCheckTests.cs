using System.Text.Json.Nodes;
using Simper.Text.Doctor;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Doctor;

/// <summary>What is seen in many rows only.</summary>
public sealed class FileCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string[] Pairs(int count, Func<JsonObject, int, JsonObject>? change = null)
    {
        DeterministicRandom random = DeterministicRandom.For(5, "pairs");
        return
        [
            .. Enumerable
                .Range(1, count)
                .Select(i => CleanRows.Pair(random, i) is var row && change is not null ? change(row, i) : row)
                .Select(r => r.ToJsonString()),
        ];
    }

    private static JsonObject With(JsonObject row, string column, JsonNode? value)
    {
        row[column] = value;
        return row;
    }

    private static Finding? Find(DoctorReport report, string check) => report.Findings.FirstOrDefault(f => f.Check.Id == check);

    private static string Judged(int i, bool label) => Judged(i, label, $"It is answer {i}.");

    private static string Judged(int i, bool label, string answer) =>
        new JsonObject
        {
            ["prompt"] = $"What is number {i}?",
            ["completion"] = answer,
            ["label"] = label,
        }.ToJsonString();

    [Fact]
    public void Labels_of_one_kind_are_an_error_and_rare_ones_a_warning()
    {
        Assert.Equal(Grade.Error, Find(Examined.Rows(Enumerable.Range(1, 20).Select(i => Judged(i, true))), "one-class")?.Grade);
        Assert.Equal(Grade.Error, Find(Examined.Rows(Enumerable.Range(1, 20).Select(i => Judged(i, false))), "one-class")?.Grade);
        DoctorReport rare = Examined.Rows(Enumerable.Range(1, 40).Select(i => Judged(i, i > 2)));
        Assert.Equal(Grade.Warning, Find(rare, "label-imbalance")?.Grade);
        DoctorReport even = Examined.Rows(Enumerable.Range(1, 40).Select(i => Judged(i, i % 2 == 0)));
        Assert.Null(Find(even, "one-class") ?? Find(even, "label-imbalance"));
    }

    [Fact]
    public void The_same_answer_good_and_bad_is_a_contradiction()
    {
        DoctorReport report = Examined.Rows(Judged(1, true), Judged(2, true), Judged(3, false), Judged(2, false));
        Assert.Equal([2, 4], report.Of("contradicting-label"));
    }

    [Fact]
    public void Length_that_tells_the_label_is_said_with_its_share()
    {
        DoctorReport report = Examined.Rows(Pairs(80, (r, _) => With(r, "chosen", $"{r["rejected"]} And more of it.")));
        Assert.Equal(Grade.Warning, Find(report, "length-bias")?.Grade);
        Assert.Contains("100.0 %", Find(report, "length-bias")!.What, StringComparison.Ordinal);
        Assert.Equal(1, report.Figures.Single(f => f.Id == "length_accuracy").Value);
    }

    [Fact]
    public void Length_of_single_answers_is_judged_by_the_area_under_the_curve()
    {
        DoctorReport report = Examined.Rows(
            Enumerable
                .Range(1, 80)
                .Select(i => Judged(i, i % 2 == 0, i % 2 == 0 ? "It is a long answer, and it goes on." : "No."))
        );
        Assert.Equal(1, report.Figures.Single(f => f.Id == "length_auc").Value);
        Assert.Equal(Grade.Warning, Find(report, "length-bias")?.Grade);
    }

    [Fact]
    public void A_trait_that_tells_the_label_is_said()
    {
        DoctorReport marked = Examined.Rows(Pairs(40, (r, _) => With(r, "rejected", $"**{r["rejected"]}**")));
        Assert.Contains("Markdown", Find(marked, "label-by-surface")!.What, StringComparison.Ordinal);
        DoctorReport opened = Examined.Rows(Pairs(40, (r, _) => With(r, "rejected", $"Hmm, let me think. {r["rejected"]}")));
        Assert.Contains("Hmm, let me thin", Find(opened, "label-by-opening")!.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_that_contradict_most_labels_are_one_error()
    {
        DoctorReport report = Examined.Rows(
            Pairs(20, (r, i) => With(With(r, "score_chosen", i % 10), "score_rejected", 5 + i % 10))
        );
        Assert.Equal(Grade.Error, Find(report, "labels-inverted")?.Grade);
        Assert.Equal(20, Find(report, "score-against-label")?.Count);
    }

    [Fact]
    public void One_prompt_is_said_and_a_stock_answer()
    {
        DoctorReport same = Examined.Rows(Pairs(20, (r, _) => With(r, "prompt", "Say something.")));
        Assert.Equal(Grade.Warning, Find(same, "one-prompt")?.Grade);
        DoctorReport stock = Examined.Rows(Pairs(100, (r, i) => i % 3 == 0 ? With(r, "chosen", "I do not know.") : r));
        Assert.Equal(Grade.Warning, Find(stock, "repeated-answer")?.Grade);
    }

    [Fact]
    public void Columns_with_text_that_nobody_reads_are_named()
    {
        DoctorReport report = Examined.Rows(Pairs(10, (r, _) => With(r, "context", "It was in spring.")));
        Assert.Contains("context (10 rows)", Find(report, "unused-column")!.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Near_copies_are_found_with_the_row_that_they_copy()
    {
        const string prompt =
            "Write about the old mill by the river that nobody in the village has entered for more than a hundred years, number";
        const string chosen =
            "The mill stood where the water was loudest, its wheel long broken, and children said that at night it still turned";
        string[] rows =
        [
            .. Pairs(10),
            Examined.Pair($"{prompt} 1?", $"{chosen} slowly.", $"{chosen} fast, and nobody ever went there again to see."),
            Examined.Pair($"{prompt} 1?", $"{chosen} slowly indeed.", $"{chosen} fast, and nobody ever went there again to see."),
        ];
        DoctorReport report = Examined.Rows(rows);
        Assert.Equal([12], report.Of("near-duplicate"));
        Assert.StartsWith("of row 11, similarity 0.", Find(report, "near-duplicate")!.Rows[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Prompts_of_the_evaluation_data_are_found()
    {
        string[] rows = Pairs(10);
        string held = Path.Combine(_folder, "held.jsonl");
        JsonObject leaked = JsonNode.Parse(rows[3])!.AsObject();
        leaked["prompt"] = $" {leaked["prompt"]} "; // white space around it distinguishes nothing
        leaked["chosen"] = "Something else.";
        File.WriteAllLines(held, [Examined.Pair("Who goes there?", "A friend.", "Nobody."), leaked.ToJsonString()]);
        JsonObject near = JsonNode.Parse(rows[6])!.AsObject();
        near["prompt"] =
            $"{near["prompt"]} Tell me now, please, since I have to know it before the day is over."
            + " Tell me all of it, from the beginning to the end, and leave nothing out of it that matters to me or to you.";
        rows[6] = near.ToJsonString();
        near["prompt"] = $"{near["prompt"]} Thanks.";
        File.AppendAllLines(held, [near.ToJsonString()]);
        DoctorReport report = Examined.Rows(rows, null, new DoctorOptions { Evaluation = held });
        Assert.Equal([4], report.Of("eval-leak"));
        Assert.Equal([7], report.Of("eval-near-leak"));
        Assert.Equal(Grade.Error, Find(report, "eval-leak")?.Grade);
    }

    [Fact]
    public void Items_of_benchmarks_are_found_by_thirteen_words_or_whole()
    {
        const string item =
            "Natalia sold clips to forty-eight of her friends in April, and then she sold half as many clips in May.";
        string file = Path.Combine(_folder, "bench.jsonl");
        File.WriteAllLines(
            file,
            [
                new JsonObject { ["question"] = item, ["answer"] = "72" }.ToJsonString(),
                new JsonObject { ["question"] = "Which gas do plants take in from the air?" }.ToJsonString(),
            ]
        );
        var index = new BenchmarkIndex();
        index.Add(file, TestContext.Current.CancellationToken);
        string[] rows =
        [
            .. Pairs(5),
            Examined.Pair(
                "A riddle: natalia sold clips to forty eight of her friends in april and then she sold half!",
                "Yes.",
                "No."
            ),
            Examined.Pair("Which gas do plants take in from the air?", "It is carbon dioxide.", "It is oxygen."),
            Examined.Pair("Natalia sold clips to forty-eight of her friends.", "So she did.", "She did not."),
            Examined.Pair("Which gas do plants take in from the soil?", "They take none.", "They take oxygen."),
        ];
        DoctorReport report = Examined.Rows(rows, null, new DoctorOptions { Benchmarks = index });
        Assert.Equal([6, 7], report.Of("benchmark-item"));
        Assert.Contains("bench.jsonl, row 1", Find(report, "benchmark-item")!.Rows[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Decomposed_letters_alone_are_a_note()
    {
        string[] rows =
        [
            .. Enumerable.Range(1, 10).Select(i => Examined.Pair($"What is cafe\u0301 {i}?", $"It is {i}.", $"It is not {i}.")),
        ];
        Assert.Equal(Grade.Note, Find(Examined.Rows(rows), "mixed-normal-forms")?.Grade);
    }
}
