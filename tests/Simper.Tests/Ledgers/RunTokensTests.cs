using Simper.Ledgers;
using Simper.Objectives;
using Simper.Reports;
using Simper.Runs;
using Simper.Tests.Checkpoints;
using Simper.Tests.Runs;

namespace Simper.Tests.Ledgers;

/// <summary>Pairs of a run found again in its data, and token by token.</summary>
public sealed class RunTokensTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The training pairs of a run of one epoch.
    private static PairKey[] TrainedOf(Recipe recipe) =>
        [
            .. Ledger
                .Open(recipe.OutputDir)
                .Rows()
                .Where(r => r.Split == LedgerSplit.Train)
                .Select(PairKey.Of)
                .OrderBy(k => k.Place),
        ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tokens_add_up_to_what_the_ledger_has_of_their_answers_before_and_after(bool isAdapter)
    {
        Recipe recipe = DemoRecipe.In(_folder, rows: 8, heldOut: 3) with
        {
            MaxSteps = 4,
            MaxLength = 26, // cuts some
            LearningRate = 3e-3,
            UsePeft = isAdapter,
            LedgerTrainRows = 8,
        };
        RunCourse.Run(recipe);
        Ledger ledger = Ledger.Open(recipe.OutputDir);
        LedgerRow[] rows = [.. ledger.Rows().Where(r => r.Phase is LedgerPhase.Before or LedgerPhase.After)];
        PairKey[] keys = [.. rows.Select(PairKey.Of).Distinct()];
        Assert.Equal(11, keys.Length);
        IReadOnlyList<TokenMap> maps = RunTokens.Of(recipe.OutputDir, RunPairs.Open(recipe.OutputDir), keys);
        Assert.Equal(2 * keys.Length, maps.Count);
        bool changed = false;
        foreach (TokenMap map in maps)
        {
            PairOutcome At(LedgerPhase phase) => rows.Single(r => PairKey.Of(r) == map.Pair && r.Phase == phase).Outcome;
            (PairOutcome before, PairOutcome after) = (At(LedgerPhase.Before), At(LedgerPhase.After));
            (double then, double now, int tokens) =
                map.Name == "chosen"
                    ? (before.ChosenSum, after.ChosenSum, after.ChosenTokens)
                    : (before.RejectedSum, after.RejectedSum, after.RejectedTokens);
            TokenMap.Token[] scored = [.. map.Tokens.Where(t => !double.IsNaN(t.After))];
            Assert.Equal(tokens, scored.Length);
            Assert.Equal(then, scored.Sum(t => t.Before), 1e-4);
            Assert.Equal(now, scored.Sum(t => t.After), 1e-4);
            changed |= Math.Abs(then - now) > 0.01;
        }
        Assert.True(changed);
    }

    [Fact]
    public void Texts_of_tokens_are_the_answer_s()
    {
        Recipe recipe = DemoRecipe.In(_folder) with { MaxSteps = 1 };
        RunCourse.Run(recipe);
        RunPairs pairs = RunPairs.Open(recipe.OutputDir);
        Assert.Null(pairs.Fault);
        PairKey key = PairKey.Of(Ledger.Open(recipe.OutputDir).Rows().First());
        PairTexts texts = pairs.TextsOf(key)!;
        TokenMap chosen = RunTokens.Of(recipe.OutputDir, pairs, [key])[0];
        Assert.Equal("chosen", chosen.Name);
        Assert.Contains(texts.Chosen!, string.Concat(chosen.Tokens.Select(t => t.Text)), StringComparison.Ordinal);
        Assert.DoesNotContain('\uFFFD', string.Concat(chosen.Tokens.Select(t => t.Text)));
    }

    [Fact]
    public void Rows_that_are_left_out_do_not_move_the_pairs_behind_them()
    {
        Recipe recipe = DemoRecipe.In(_folder, rows: 6, heldOut: 3);
        string[] lines = File.ReadAllLines(recipe.DatasetName);
        // Two rows without a place: one that reading drops, one whose prompt fills max_length.
        File.WriteAllLines(
            recipe.DatasetName,
            [
                lines[0],
                """{"prompt": "Say moon 2 times.", "chosen": "moon", "rejected": "moon"}""",
                lines[1],
                $$"""{"prompt": "{{string.Concat(Enumerable.Repeat("Say moon. ", 40))}}", "chosen": "a", "rejected": "b"}""",
                .. lines[2..],
            ]
        );
        RunCourse.Run(recipe with { MaxLength = 64, NumTrainEpochs = 1 });
        PairKey[] keys = TrainedOf(recipe);
        Assert.Equal([1, 3, 5, 6, 7, 8], keys.Select(k => k.Row));
        Assert.Equal([0, 1, 2, 3, 4, 5], keys.Select(k => k.Place));
        RunPairs pairs = RunPairs.Open(recipe.OutputDir);
        string[] prompts = [.. keys.Select(k => pairs.TextsOf(k)!.Prompt)];
        Assert.Equal(lines.Select(l => System.Text.Json.Nodes.JsonNode.Parse(l)!["prompt"]!.ToString()), prompts);
        Assert.Null(pairs.TextsOf(new PairKey(LedgerSplit.Train, 0, 99)));
    }

    [Fact]
    public void Pairs_of_a_folder_of_files_are_told_apart_though_rows_repeat()
    {
        Recipe recipe = DemoRecipe.In(_folder, rows: 9, heldOut: 3);
        string[] lines = File.ReadAllLines(recipe.DatasetName);
        Directory.CreateDirectory(_folder["files"]);
        for (int i = 0; i < 3; i++)
            File.WriteAllLines(_folder[$"files/{i}.jsonl"], lines[(3 * i)..(3 * i + 3)]);
        RunCourse.Run(recipe with { DatasetName = _folder["files"], NumTrainEpochs = 1 });
        PairKey[] keys = TrainedOf(recipe);
        Assert.Equal([1, 2, 3, 1, 2, 3, 1, 2, 3], keys.Select(k => k.Row));
        RunPairs pairs = RunPairs.Open(recipe.OutputDir);
        Assert.Equal(
            lines.Select(l => System.Text.Json.Nodes.JsonNode.Parse(l)!["prompt"]!.ToString()),
            keys.Select(k => pairs.TextsOf(k)!.Prompt)
        );
    }

    [Fact]
    public void Data_that_is_gone_is_said_and_nothing_else_fails()
    {
        Recipe recipe = DemoRecipe.In(_folder) with { MaxSteps = 1 };
        RunCourse.Run(recipe);
        File.Delete(recipe.DatasetName);
        RunPairs pairs = RunPairs.Open(recipe.OutputDir);
        Assert.StartsWith("the data cannot be read again, so there are no texts: ", pairs.Fault, StringComparison.Ordinal);
        LedgerReport report = LedgerReport.Of(
            Ledger.Open(recipe.OutputDir),
            [LedgerQuestion.AlwaysRight, LedgerQuestion.NeverRight],
            [LedgerSplit.HeldOut, LedgerSplit.Train],
            top: 2,
            pairs.TextsOf
        );
        Assert.All(report.Answers.SelectMany(a => a.Pairs), p => Assert.Null(p.Texts));
        Assert.Equal(4, report.Pairs[LedgerSplit.HeldOut]);
        Assert.Empty(report.Check.Differences);
    }

    [Fact]
    public void A_metric_that_is_not_the_ledger_s_average_is_named()
    {
        Recipe recipe = DemoRecipe.In(_folder) with { MaxSteps = 1 };
        RunCourse.Run(recipe);
        Assert.Equal(2, LedgerCheck.Of(Ledger.Open(recipe.OutputDir)).Evaluations);
        string log = Path.Combine(recipe.OutputDir, "metrics.jsonl");
        string[] lines = File.ReadAllLines(log);
        File.WriteAllLines(
            log,
            lines.Select(
                (l, i) =>
                    i == 0
                        ? l.Replace("\"eval_rewards/margins\":", "\"eval_rewards/margins\":7,\"was\":", StringComparison.Ordinal)
                        : l
            )
        );
        string difference = Assert.Single(LedgerCheck.Of(Ledger.Open(recipe.OutputDir)).Differences);
        Assert.StartsWith("step 0: eval_rewards/margins is ", difference, StringComparison.Ordinal);
        File.WriteAllLines(log, lines[1..]);
        Assert.Equal(
            ["step 0: the evaluation is not in metrics.jsonl"],
            LedgerCheck.Of(Ledger.Open(recipe.OutputDir)).Differences
        );
    }
}
