using Simper.Batching;
using Simper.Models;
using Simper.Scoring;
using Simper.Text.Preferences;
using static TorchSharp.torch;

namespace Simper.Analysis;

/// <summary>log π of single tokens.</summary>
internal static class TokenLogProbs
{
    /// <summary>
    /// log π of every token of every answer of a group, given all before it; NaN for tokens that are not scored, and for one that
    /// nothing precedes.
    /// </summary>
    public static double[][] Of(LanguageModel model, TokenizedGroup group)
    {
        using var scope = NewDisposeScope();
        MicroBatch batch = MicroBatch.Of([group]);
        using ScoringPass pass = ScoringPass.Forward(model.Decoder, batch, forBackward: false);
        ILookup<int, double> scored = ByAnswer(batch, pass);
        return [.. batch.Answers.Select((a, i) => Spread(group, a.Index, [.. scored[i]]))];
    }

    /// <summary>
    /// log π of the scored tokens of a pass, by the batch's answers; a token that nothing precedes has none. Makes tensors in the
    /// caller's scope.
    /// </summary>
    public static ILookup<int, double> ByAnswer(MicroBatch batch, ScoringPass pass) =>
        batch
            .Scored.Zip(pass.TokenLogProbs.to(ScalarType.Float64).cpu().data<double>().ToArray())
            .ToLookup(s => s.First.Answer, s => s.Second); // [S]

    private static double[] Spread(TokenizedGroup group, int answer, double[] scored)
    {
        bool[] isScored = group.Answers[answer].IsScored;
        int at = 0;
        return [.. isScored.Select((s, t) => s && (t > 0 || group.Prompt.Length > 0) ? scored[at++] : double.NaN)];
    }
}
