using System.Text;
using Simper.Batching;
using Simper.Checkpoints;
using Simper.Generation;
using Simper.Models;
using Simper.Scoring;
using Simper.Text.Preferences;
using static TorchSharp.torch;

namespace Simper.Runs.Guards;

/// <summary>
/// Measures a model's health on a fixed part of the held-out rows: what every check sees is the same, so differences are the
/// model's. Reads nothing of the objective.
/// </summary>
internal sealed class HealthProbe
{
    /// <summary>The most chosen answers, and prompts, that are scored.</summary>
    public const int MostRows = 64;

    /// <summary>The most tokens of a text that are scored, in parts of <see cref="TextPart"/>.</summary>
    public const int MostTextTokens = 4096;

    /// <summary>Tokens of a text that are scored together; the first of each part is not scored.</summary>
    public const int TextPart = 256;

    /// <summary>Prompts that are answered.</summary>
    public const int Canaries = 8;

    /// <summary>Tokens of what counts as a repetition.</summary>
    public const int Gram = 4;

    // A token takes at least about a byte.
    private const int MostTextBytes = 8 * MostTextTokens;

    private readonly RunSetup _setup;
    private readonly TokenizedGroup[] _chosen;
    private readonly TokenizedGroup[] _texts;
    private readonly int[][] _canaries;
    private readonly HashSet<int> _stops;

    /// <exception cref="SimperException">There is nothing held out to measure on, or the text cannot be read.</exception>
    public HealthProbe(RunSetup setup)
    {
        _setup = setup;
        LanguageModel model = setup.Policy;
        _stops = [.. model.Files.StopIds];
        _chosen = [.. (setup.HeldOut ?? []).Where(g => g.WeightOf(0) > 0).Take(MostRows).Select(g => g.Only(0))];
        if (_chosen.Length == 0)
            throw new SimperException(
                "health is measured on held-out rows with good answers, and there are none; give eval_dataset_name or "
                    + "test_split_size, or health: off."
            );
        int longest = Math.Min(TextPart, model.Shape.MaxPositions);
        _texts = setup.Recipe.HealthText is { } file
            ? [.. Read(file, model).Take(MostTextTokens).Chunk(longest).Where(c => c.Length > 1).Select(AsText)]
            :
            [
                .. _chosen
                    .Select(g => g.PromptOf(0))
                    .Where(p => p.Length > 1)
                    .Select(p => AsText(p.Length > longest ? p[..longest] : p)),
            ];
        if (_texts.Length == 0 && setup.Recipe.HealthText is { } empty)
            throw new SimperException($"health_text: {empty} has no two tokens to score.");
        _canaries = SampleAnswers.Prompts(model, setup.HeldOut!, Canaries);
    }

    /// <summary>Is told of each token of the answers, before it is known whether another one follows.</summary>
    public Action? Answering { get; init; }

    /// <summary>Measures the model as it is now.</summary>
    /// <param name="cancel">Ends it between two passes or tokens.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public HealthFigures Measure(CancellationToken cancel = default)
    {
        LanguageModel model = _setup.Policy;
        var means = new List<double>();
        var stops = new List<double>();
        foreach (IReadOnlyList<(int Id, double LogProb)> answer in Scored(_chosen, cancel))
        {
            means.Add(answer.Average(t => t.LogProb));
            if (answer.Any(t => _stops.Contains(t.Id)))
                stops.Add(Math.Exp(answer.Last(t => _stops.Contains(t.Id)).LogProb));
        }
        double[] text = [.. Scored(_texts, cancel).SelectMany(t => t).Select(t => t.LogProb)];
        IReadOnlyList<GeneratedAnswer> answers =
            _canaries.Length == 0
                ? []
                : new TextGenerator(model).Generate(
                    _canaries,
                    new SamplingSettings { MaxNewTokens = _setup.Recipe.SampleTokens },
                    cancel,
                    (_, _) =>
                    {
                        Answering?.Invoke();
                        return false;
                    }
                );
        cancel.ThrowIfCancellationRequested();
        return new HealthFigures
        {
            ChosenPerplexity = Math.Exp(-means.Average()),
            StopChance = Average(stops),
            TextPerplexity = Math.Exp(-Average(text)),
            Repetition = Average([.. answers.Select(a => Repetition(a.Ids))]),
            AtLimit = Average([.. answers.Select(a => a.Finish == FinishReason.Stop ? 0.0 : 1)]),
            Length = Average([.. answers.Select(a => (double)a.Ids.Count)]),
        };
    }

    /// <summary>The share of n-grams that came up before in the same answer.</summary>
    internal static double Repetition(IReadOnlyList<int> ids)
    {
        int grams = ids.Count - Gram + 1;
        if (grams <= 0)
            return 0;
        var seen = new HashSet<(int, int, int, int)>();
        for (int i = 0; i < grams; i++)
            seen.Add((ids[i], ids[i + 1], ids[i + 2], ids[i + 3]));
        return 1 - (double)seen.Count / grams;
    }

    // The scored tokens of every group's only answer, with their log-probs.
    private IEnumerable<IReadOnlyList<(int Id, double LogProb)>> Scored(TokenizedGroup[] groups, CancellationToken cancel)
    {
        var scored = new List<IReadOnlyList<(int, double)>>();
        foreach (IReadOnlyList<TokenizedGroup> part in MicroBatchPlan.Split(groups, int.MaxValue, _setup.TokensPerScoringPass))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            MicroBatch batch = MicroBatch.Of(part);
            using ScoringPass pass = ScoringPass.Forward(_setup.Policy.Decoder, batch, forBackward: false);
            double[] logProbs = new Column(pass.TokenLogProbs.cpu()).ToArray();
            scored.AddRange(
                batch
                    .Scored.Select((token, i) => (token.Answer, token.Id, LogProb: logProbs[i]))
                    .GroupBy(t => t.Answer, t => (t.Id, t.LogProb))
                    .Select(a => (IReadOnlyList<(int, double)>)[.. a])
            );
        }
        return scored;
    }

    private static TokenizedGroup AsText(int[] ids) =>
        new()
        {
            Prompt = [ids[0]],
            Answers = [new TokenizedAnswer { Ids = ids[1..], IsScored = [.. Enumerable.Repeat(true, ids.Length - 1)] }],
        };

    private static int[] Read(string file, LanguageModel model)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            byte[] bytes = new byte[(int)Math.Min(stream.Length, MostTextBytes)];
            stream.ReadExactly(bytes);
            return model.Files.Tokenizer.EncodeToIds(Encoding.UTF8.GetString(bytes), addSpecialTokens: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"health_text: {file} cannot be read: {FileFault.Sentence(e)}.", e);
        }
    }

    private static double Average(IReadOnlyCollection<double> values) => values.Count > 0 ? values.Average() : double.NaN;
}
