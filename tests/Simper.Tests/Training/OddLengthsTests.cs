using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Objectives;
using Simper.Reference;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Golden;
using Simper.Tests.Models.Gguf;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Training;

/// <summary>
/// Rows whose prompts and answers are empty, a token, a character, too long, or alike: each is dropped with a reason, or has a
/// finite loss under every objective, with the log-probs of a padded model in double precision.
/// </summary>
public sealed class OddLengthsTests : IDisposable
{
    private const int LongestSequence = 14;
    private const int Together = 25;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static LanguageModel Model(Precision precision)
    {
        var files = new ModelFiles("tiny", TinyModels.Config("llama"))
        {
            TokenizerConfig = TinyTokenizer.Config(),
            TokenizerJson = ReadableJson.IndentedBytes(TinyTokenizer.ByteLevel()),
            TemplateSources = new Dictionary<string, string> { ["default"] = TinyTokenizer.Template },
        };
        return LanguageModel.Create(files, seed: 5, precision);
    }

    private string Rows(int count)
    {
        var random = new Random(17);
        string Text()
        {
            int length = random.Next(6) switch
            {
                0 => 0,
                1 => 1,
                2 => 2,
                3 => random.Next(3, 8),
                4 => random.Next(8, 40),
                _ => random.Next(100, 300),
            };
            return string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(4))))
                + (random.Next(8) == 0 ? " " : "");
        }
        return _folder.Write(
            "rows.jsonl",
            string.Concat(
                Enumerable
                    .Range(0, count)
                    .Select(_ =>
                        new JsonObject
                        {
                            ["prompt"] = Text(),
                            ["chosen"] = Text(),
                            ["rejected"] = Text(),
                        }.ToJsonString() + "\n"
                    )
            )
        );
    }

    [Fact]
    public void A_row_of_odd_lengths_is_dropped_with_a_reason_or_has_a_finite_loss()
    {
        int count = Counts.Of(180, 1_000);
        PreferenceDataset rows = PreferenceDataset.Open(Rows(count));
        Assert.Equal(count, rows.Count + rows.Dropped.Count);
        var reasons = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (DroppedRow dropped in rows.Dropped)
            reasons[dropped.Reason] = reasons.GetValueOrDefault(dropped.Reason) + 1;
        using LanguageModel exact = Model(Precision.Float64);
        using LanguageModel model = Model(Precision.Float32);
        var kept = new List<TokenizedGroup>();
        (TruncationMode, DatasetFormat)[] ways =
        [
            .. from cut in Enum.GetValues<TruncationMode>()
            where cut != TruncationMode.Raise // which is for rows that all fit
            from format in Enum.GetValues<DatasetFormat>()
            select (cut, format),
        ];
        for (int i = 0; i < rows.Count; i++)
        {
            (TruncationMode cut, DatasetFormat format) = ways[i % ways.Length];
            var options = new TokenizationOptions
            {
                MaxLength = format == DatasetFormat.Text ? LongestSequence / 2 : LongestSequence,
                Truncation = cut,
                Format = format,
            };
            TokenizationResult result = exact.Files.GroupTokenizer(options).Tokenize(rows[i]);
            if (result.Group is { } group)
                kept.Add(group);
            else
                reasons[result.Drop!.Reason] = reasons.GetValueOrDefault(result.Drop.Reason) + 1;
        }
        Assert.Equal(count, kept.Count + reasons.Values.Sum());
        Assert.InRange(kept.Count, count / 10, count);
        Assert.InRange(reasons.Count, 4, 20);
        Assert.All(kept, g => Assert.All(g.Answers, a => Assert.Contains(true, a.IsScored)));

        using PaddedLlama padded = new(
            exact.Files.Config,
            exact.Published().Select(p => (p.Name, p.Tensor())),
            ScalarType.Float64
        );
        int losses = 0;
        foreach (TokenizedGroup[] part in kept.Chunk(Together))
        {
            ExpectReference(exact, padded, part);
            foreach (ObjectiveKind kind in ObjectiveCatalog.Standard.Kinds)
                losses += ExpectFinite(model, kind.Default, part);
        }
        Counts.Tell(
            12,
            $"{count} rows: {kept.Count} kept, dropped: {string.Join(", ", reasons.Select(r => $"{r.Value} {r.Key}"))}; {losses} "
                + $"losses of {ObjectiveCatalog.Standard.Kinds.Count} objectives finite, log-probs and SimPER's loss as in the "
                + "padded model in double precision"
        );
    }

    private static int ExpectFinite(LanguageModel model, Objective objective, TokenizedGroup[] groups)
    {
        IReadOnlyList<TokenizedGroup> data = objective.Arrange(groups, pairsPerMicroBatch: 4, maxLength: 64);
        ReferenceScores? reference = objective.NeedsReference ? ReferenceScores.Of(model, data, needs: objective.Needs) : null;
        IReadOnlyList<PairOutcome> outcomes = GoldenFile.Accumulate(model, data, objective, reference);
        Assert.All(outcomes, o => Assert.True(double.IsFinite(o.Loss), $"{objective.Name}: row {o.Row} has a loss of {o.Loss}"));
        Assert.True(double.IsFinite(GradientNorm.Of(model.Parameters)), $"{objective.Name}: the gradient is not finite");
        return outcomes.Count;
    }

    private static void ExpectReference(LanguageModel exact, PaddedLlama padded, TokenizedGroup[] groups)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        int longest = groups.Max(g => g.Answers.Max(a => g.Prompt.Length + a.Ids.Length));
        var ids = new long[groups.Length * 2, longest];
        var mask = new long[groups.Length * 2, longest];
        var labels = new long[groups.Length * 2, longest];
        for (int row = 0; row < groups.Length * 2; row++)
        {
            TokenizedGroup group = groups[row / 2];
            TokenizedAnswer answer = group.Answers[row % 2];
            for (int t = 0; t < longest; t++)
            {
                int at = t - group.Prompt.Length;
                bool isThere = at < answer.Ids.Length;
                ids[row, t] =
                    !isThere ? 0
                    : at < 0 ? group.Prompt[t]
                    : answer.Ids[at];
                mask[row, t] = isThere ? 1 : 0;
                labels[row, t] = isThere && at >= 0 && answer.IsScored[at] ? answer.Ids[at] : -100;
            }
        }
        (Tensor sums, Tensor counts) = padded.Score(tensor(ids), tensor(mask), tensor(labels));
        double[] sum = Toys.Numbers.Of(sums);
        double[] tokens = Toys.Numbers.Of(counts.to(ScalarType.Float64));
        IReadOnlyList<PairOutcome> outcomes = GoldenFile.Accumulate(exact, groups, new SimPer());
        for (int i = 0; i < groups.Length; i++)
        {
            PairOutcome found = outcomes.Single(o => o.Row == groups[i].Row);
            Assert.Equal((tokens[2 * i], tokens[2 * i + 1]), (found.ChosenTokens, found.RejectedTokens));
            Assert.Equal(sum[2 * i], found.ChosenSum, 1e-9);
            Assert.Equal(sum[2 * i + 1], found.RejectedSum, 1e-9);
            double loss = Math.Exp(sum[2 * i + 1] / tokens[2 * i + 1]) - Math.Exp(sum[2 * i] / tokens[2 * i]);
            Assert.Equal(loss, found.Loss, 1e-11);
        }
    }
}
