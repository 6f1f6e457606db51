using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Simper.Judging.OnPolicy;
using Simper.Text.Preferences;

namespace Simper.Tests.Judging.OnPolicy;

public sealed class PairGenerationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(string name) => Path.Combine(_folder, name);

    private PromptDataset Prompts(int count)
    {
        File.WriteAllLines(
            In("prompts.jsonl"),
            Enumerable.Range(0, count).Select(i => new JsonObject { ["prompt"] = $"prompt {i}" }.ToJsonString())
        );
        return PromptDataset.Open(In("prompts.jsonl"));
    }

    private static Task<PairCounts> Run(
        PromptDataset prompts,
        IAnswerSource source,
        string output,
        string score = "length:8",
        PairSettings? pairs = null,
        int weight = 1,
        CancellationToken cancel = default
    ) =>
        new PairGeneration(
            prompts,
            source,
            new AnswerSampling(),
            [new WeightedScorer(AnswerRules.Parse(score), weight)],
            pairs ?? new PairSettings()
        ).RunAsync(output, cancel: cancel);

    private static JsonObject[] Rows(string path) => [.. File.ReadLines(path).Select(l => JsonNode.Parse(l)!.AsObject())];

    [Fact]
    public async Task Best_and_worst_become_a_row_of_messages()
    {
        var source = new ScriptedAnswers(_ => ScriptedAnswers.OfLengths(2, 8, 4));
        await Run(Prompts(1), source, In("out.jsonl"));
        Assert.Equal(
            """{"prompt":[{"role":"user","content":"prompt 0"}],"chosen":"""
                + """[{"role":"assistant","content":"aaaaaaaa"}],"rejected":"""
                + """[{"role":"assistant","content":"aa"}],"score_chosen":1,"score_rejected":0.25,"source_row":1}"""
                + "\n",
            File.ReadAllText(In("out.jsonl"))
        );
        Assert.False(File.Exists(PairGeneration.KeptPath(In("out.jsonl"))));
    }

    [Fact]
    public async Task A_model_that_continues_texts_gets_rows_of_texts()
    {
        var source = new ScriptedAnswers(_ => ScriptedAnswers.OfLengths(2, 8)) { ContinuesText = true };
        await Run(Prompts(1), source, In("out.jsonl"));
        JsonObject row = Rows(In("out.jsonl")).Single();
        Assert.Equal(("prompt 0", "aaaaaaaa", "aa"), ((string)row["prompt"]!, (string)row["chosen"]!, (string)row["rejected"]!));
    }

    [Fact]
    public async Task What_became_of_every_prompt_and_answer_is_counted()
    {
        SampledAnswer cut = new("aaaaaaaa", true);
        IReadOnlyList<SampledAnswer>?[] script =
        [
            ScriptedAnswers.OfLengths(2, 8, 8), // a pair, a copy
            ScriptedAnswers.OfLengths(3, 3), // one answer
            null, // too long
            [new("abc", false), new("bcd", false)], // tied
            [cut, new("a", false), new("", false)], // only the cut one could be chosen
            [cut, new("a", false), new("ab", false)],
        ];
        PairCounts counts = await Run(Prompts(6), new ScriptedAnswers(p => script[p.Index]), In("out.jsonl"));
        Assert.Equal(
            new PairCounts
            {
                Prompts = 6,
                PromptsWithPairs = 2,
                Rows = 2,
                TooLong = 1,
                TooFew = 1,
                Tied = 1,
                OnlyCut = 1,
                Answers = 13,
                Cut = 2,
                Empty = 1,
                Duplicates = 2,
                MeanScore = counts.MeanScore,
            },
            counts
        );
        // 0.25 and twice 1; twice 0.375; twice 0.375; 1 and 0.125; 1, 0.125 and 0.25
        Assert.Equal(6.25 / 12, counts.MeanScore, 1e-12);
        Assert.Equal([1, 6], Rows(In("out.jsonl")).Select(r => (int)r["source_row"]!));
    }

    [Fact]
    public async Task Less_is_better_with_a_weight_below_zero()
    {
        await Run(Prompts(1), new ScriptedAnswers(_ => ScriptedAnswers.OfLengths(2, 8)), In("out.jsonl"), weight: -2);
        JsonObject row = Rows(In("out.jsonl")).Single();
        Assert.Equal((-0.5, -2.0), ((double)row["score_chosen"]!, (double)row["score_rejected"]!));
    }

    [Fact]
    public async Task All_answers_are_kept_where_that_is_asked_for()
    {
        await Run(
            Prompts(1),
            new ScriptedAnswers(_ => [new("aa", false, 3), new("aaaaaaaa", true, 9), new("aa", false, 3), new("aaaa", false, 5)]),
            In("out.jsonl"),
            pairs: new PairSettings { KeepsAll = true }
        );
        Assert.Equal(
            """[{"text":"aa","finish_reason":"stop","tokens":3,"copies":2,"score":0.25},"""
                + """{"text":"aaaaaaaa","finish_reason":"length","tokens":9,"copies":1,"score":1},"""
                + """{"text":"aaaa","finish_reason":"stop","tokens":5,"copies":1,"score":0.5}]""",
            Rows(In("out.jsonl")).Single()["answers"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task Ranked_rows_and_pairs_are_read_as_training_data()
    {
        var source = new ScriptedAnswers(_ => ScriptedAnswers.OfLengths(2, 8, 4));
        await Run(Prompts(2), source, In("ranked.jsonl"), pairs: new PairSettings { Pairing = AnswerPairing.Ranked });
        PreferenceDataset ranked = PreferenceDataset.Open(In("ranked.jsonl"));
        Assert.Equal((2, "ranked answers (prompt, answers)"), (ranked.Count, ranked.Layout));
        Assert.Equal(["aaaaaaaa", "aaaa", "aa"], ranked[1].Answers.Select(a => a[0].Content));
        Assert.Empty(ranked.UnusedColumns);
        await Run(Prompts(2), source, In("all.jsonl"), pairs: new PairSettings { Pairing = AnswerPairing.All });
        PreferenceDataset all = PreferenceDataset.Open(In("all.jsonl"));
        Assert.Equal(6, all.Count);
        Assert.Empty(all.UnusedColumns);
        Assert.Empty(all.Dropped);
    }

    [Fact]
    public async Task Tools_and_template_arguments_stay_with_a_prompt()
    {
        File.WriteAllText(
            In("prompts.jsonl"),
            """{"prompt": "a", "tools": """
                + """[{"type": "function", "function": {"name": "f", "parameters": {}}}], "chat_template_kwargs": """
                + """{"enable_thinking": false}}"""
        );
        await Run(
            PromptDataset.Open(In("prompts.jsonl")),
            new ScriptedAnswers(_ => ScriptedAnswers.OfLengths(2, 8)),
            In("out.jsonl")
        );
        PreferenceGroup group = PreferenceDataset.Open(In("out.jsonl"))[0];
        Assert.Equal("f", (string)group.Tools![0]!["function"]!["name"]!);
        Assert.False((bool)group.TemplateVariables!["enable_thinking"]!);
    }

    [Fact]
    public async Task The_provenance_names_model_settings_source_and_file()
    {
        PromptDataset prompts = Prompts(3);
        await Run(prompts, new ScriptedAnswers(_ => ScriptedAnswers.OfLengths(2, 8)), In("out.jsonl"));
        JsonObject made = JsonNode.Parse(File.ReadAllText(PairGeneration.ProvenancePath(In("out.jsonl"))))!.AsObject();
        Assert.Equal("scripted", (string)made["model"]!["name"]!);
        Assert.Equal(prompts.Fingerprint, (string)made["prompts"]!["sha256_of_rows"]!);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(In("out.jsonl")))),
            (string)made["file"]!["sha256"]!
        );
        Assert.Equal("length:8", (string)made["scoring"]![0]!["rule"]!);
        Assert.Equal((3, 6), ((int)made["counts"]!["rows"]!, (int)made["counts"]!["answers"]!));
        Assert.Equal(0.8, (double)made["sampling"]!["temperature"]!);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(19)]
    public async Task Work_that_was_stopped_goes_on_to_the_same_bytes(int after)
    {
        PromptDataset prompts = Prompts(20);
        IReadOnlyList<SampledAnswer> Script(DataPrompt p) => ScriptedAnswers.OfLengths(2 + p.Index % 3, 8, 3);
        await Run(prompts, new ScriptedAnswers(Script), In("whole.jsonl"));
        using var stop = new CancellationTokenSource();
        int asked = 0;
        var stopped = new ScriptedAnswers(p =>
        {
            if (Interlocked.Increment(ref asked) == after)
                stop.Cancel();
            return Script(p);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Run(prompts, stopped, In("out.jsonl"), cancel: stop.Token));
        Assert.False(File.Exists(In("out.jsonl")));
        string kept = PairGeneration.KeptPath(In("out.jsonl"));
        File.AppendAllText(kept, "{\"prompt\": 19, \"kind\": \"ans"); // as a crash leaves it
        var rest = new ScriptedAnswers(Script);
        await Run(prompts, rest, In("out.jsonl"));
        Assert.Equal(20, stopped.Asked + rest.Asked);
        Assert.Equal(File.ReadAllBytes(In("whole.jsonl")), File.ReadAllBytes(In("out.jsonl")));
        Assert.Equal(
            File.ReadAllText(PairGeneration.ProvenancePath(In("whole.jsonl"))),
            File.ReadAllText(PairGeneration.ProvenancePath(In("out.jsonl"))).Replace("out.jsonl", "whole.jsonl")
        );
    }

    // Scores are of the answers that stand before them.
    [Theory]
    [InlineData(Damage.Answers)]
    [InlineData(Damage.Scores)]
    [InlineData(Damage.AnswersBehindScores)]
    public async Task A_damaged_line_is_found_again(Damage damage)
    {
        PromptDataset prompts = Prompts(4);
        IReadOnlyList<SampledAnswer> Script(DataPrompt p) => ScriptedAnswers.OfLengths(2 + p.Index % 3, 8, 3);
        await Run(prompts, new ScriptedAnswers(Script) { PromptsAtOnce = 1 }, In("whole.jsonl"));
        string kept = PairGeneration.KeptPath(In("out.jsonl"));
        using var stop = new CancellationTokenSource();
        var stopped = new ScriptedAnswers(p =>
        {
            if (p.Index == 3)
                stop.Cancel();
            return Script(p);
        })
        {
            PromptsAtOnce = 1,
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Run(prompts, stopped, In("out.jsonl"), cancel: stop.Token));
        string[] lines = File.ReadAllLines(kept); // answers and scores of each prompt, in turn
        if (damage == Damage.AnswersBehindScores)
            (lines[2], lines[3]) = (lines[3], lines[2]);
        else
            lines[damage == Damage.Answers ? 2 : 3] = "{damaged";
        File.WriteAllLines(kept, lines);
        await Run(prompts, new ScriptedAnswers(Script), In("out.jsonl"));
        Assert.Equal(File.ReadAllBytes(In("whole.jsonl")), File.ReadAllBytes(In("out.jsonl")));
    }

    /// <summary>What happened to a line of the kept file.</summary>
    public enum Damage
    {
        Answers,
        Scores,
        AnswersBehindScores,
    }

    [Theory]
    [InlineData("other model", 3)]
    [InlineData("other rule", 0)]
    [InlineData("other prompts", 1)]
    public async Task Kept_answers_are_used_for_what_they_are_answers_to_only(string what, int asked)
    {
        PromptDataset prompts = Prompts(3);
        var first = new ScriptedAnswers(_ => ScriptedAnswers.OfLengths(3, 3));
        // No pair comes of them, so that they stay.
        var error = await Assert.ThrowsAsync<SimperException>(() => Run(prompts, first, In("out.jsonl")));
        Assert.Contains("3 with fewer than two different answers", error.Message, StringComparison.Ordinal);
        if (what == "other prompts")
        {
            File.WriteAllLines(In("other.jsonl"), [.. File.ReadLines(In("prompts.jsonl")).Take(2), """{"prompt": "another"}"""]);
            prompts = PromptDataset.Open(In("other.jsonl"));
        }
        var second = new ScriptedAnswers(_ => ScriptedAnswers.OfLengths(2, 8))
        {
            Name = what == "other model" ? "another" : "scripted",
        };
        await Record.ExceptionAsync(() => Run(prompts, second, In("out.jsonl"), what == "other rule" ? "length:4" : "length:8"));
        Assert.Equal(asked, second.Asked);
    }

    [Fact]
    public async Task A_file_that_is_there_is_not_written_over()
    {
        File.WriteAllText(In("out.jsonl"), "mine");
        var error = await Assert.ThrowsAsync<SimperException>(() =>
            Run(Prompts(1), new ScriptedAnswers(_ => ScriptedAnswers.OfLengths(2, 8)), In("out.jsonl"))
        );
        Assert.Contains("is there already", error.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(In("out.jsonl")));
    }

    [Fact]
    public async Task Two_of_them_do_not_write_the_same_file_at_once()
    {
        PromptDataset prompts = Prompts(1);
        var inner = new ScriptedAnswers(_ => ScriptedAnswers.OfLengths(2, 8));
        SimperException? second = null;
        var outer = new ScriptedAnswers(_ =>
        {
            second = Assert.Throws<SimperException>(() => Run(prompts, inner, In("out.jsonl")).GetAwaiter().GetResult());
            return ScriptedAnswers.OfLengths(2, 8);
        });
        await Run(prompts, outer, In("out.jsonl"));
        Assert.Contains("another process has it", second!.Message, StringComparison.Ordinal);
    }
}
