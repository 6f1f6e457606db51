using Simper.Batching;
using Simper.Models;
using Simper.Scoring;
using Simper.Text.Preferences;
using static TorchSharp.torch;

namespace Simper.Analysis;

/// <summary>
/// How far a model is, in total variation, from a given answer: per token on average, as a whole sequence, and SimPER's bound.
/// The geometric mean of the tokens' probabilities is at most their arithmetic mean, so 1 - p̄(y) ≥ 1/|y| Σ TV(δ_{y_t},
/// π(·|y_{&lt;t})).
/// </summary>
/// <param name="Row">The row of the data set.</param>
/// <param name="Weight">1 for a chosen answer, -1 for a rejected one, or in between; see
/// <see cref="TokenizedGroup.Weights"/>.</param>
/// <param name="Tokens">Scored tokens, |y|.</param>
/// <param name="Bound">1 - p̄(y) = 1 - exp(mean log π(y_t)): what SimPER minimises for a chosen answer, and maximises for a
/// rejected one.</param>
/// <param name="MeanOfTokens">1/|y| Σ (1 - π(y_t)): the mean distance of the next token's distribution from the answer's own
/// token.</param>
/// <param name="OfSequence">1 - π(y): the distance of the distribution over whole answers from this answer.</param>
public readonly record struct AnswerVariation(
    int Row,
    double Weight,
    int Tokens,
    double Bound,
    double MeanOfTokens,
    double OfSequence
)
{
    /// <summary>The slack of the bound; 0 where every token is equally likely.</summary>
    public double Slack => Bound - MeanOfTokens;

    /// <summary>From the log-probs of an answer's tokens.</summary>
    public static AnswerVariation Of(IReadOnlyList<double> tokenLogProbs, int row = 0, double weight = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokenLogProbs.Count, 1);
        return new AnswerVariation(
            row,
            weight,
            tokenLogProbs.Count,
            TotalVariation.FromPointMass(tokenLogProbs.Average()),
            tokenLogProbs.Average(TotalVariation.FromPointMass),
            TotalVariation.FromPointMass(tokenLogProbs.Sum())
        );
    }

    /// <summary>Measures all answers of all groups, in order.</summary>
    /// <param name="model">The model.</param>
    /// <param name="groups">Prompts and answers.</param>
    /// <param name="tokensPerMicroBatch">How many tokens to score at once; affects memory and speed only.</param>
    /// <param name="progress">Receives the number of groups done.</param>
    /// <param name="cancel">Stops between micro-batches.</param>
    public static IReadOnlyList<AnswerVariation> Measure(
        LanguageModel model,
        IReadOnlyList<TokenizedGroup> groups,
        int tokensPerMicroBatch = 4096,
        IProgress<int>? progress = null,
        CancellationToken cancel = default
    ) => Measure(model.Decoder, groups, tokensPerMicroBatch, progress, cancel);

    internal static IReadOnlyList<AnswerVariation> Measure(
        Decoder decoder,
        IReadOnlyList<TokenizedGroup> groups,
        int tokensPerMicroBatch = 4096,
        IProgress<int>? progress = null,
        CancellationToken cancel = default
    )
    {
        var measured = new List<AnswerVariation>();
        int done = 0;
        foreach (IReadOnlyList<TokenizedGroup> part in MicroBatchPlan.Split(groups, int.MaxValue, tokensPerMicroBatch))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            MicroBatch batch = MicroBatch.Of(part);
            using ScoringPass pass = ScoringPass.Forward(decoder, batch, forBackward: false);
            // Not ScoredTokens at a time: a token without a predecessor counts in an answer's length, but has no log-prob.
            ILookup<int, double> logProbs = TokenLogProbs.ByAnswer(batch, pass);
            measured.AddRange(batch.Answers.Select((answer, i) => Of([.. logProbs[i]], answer.Row, answer.Weight)));
            progress?.Report(done += part.Count);
        }
        return measured;
    }
}
