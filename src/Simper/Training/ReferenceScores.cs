using Simper.Batching;
using Simper.Models;
using Simper.Scoring;
using Simper.Text.Preferences;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// The reference model's sums of log-probs, computed once before training: the same numbers as a frozen copy of the model would
/// give, without its memory (TRL: <c>precompute_ref_log_probs</c>). Thread safe once made.
/// </summary>
public sealed class ReferenceScores
{
    // By content: a data set hands out another object for a group each time.
    private readonly Dictionary<(int Row, ulong Hash), double[]> _sums = [];

    /// <summary>Scores groups with <paramref name="reference"/>, which is not needed afterwards.</summary>
    /// <param name="reference">The model that the policy is held to, mostly the policy before its first step.</param>
    /// <param name="groups">All groups that will be asked for.</param>
    /// <param name="tokensPerMicroBatch">How many tokens to score at once.</param>
    /// <param name="progress">Told the number of groups done.</param>
    /// <param name="cancel">Stops between micro-batches.</param>
    public static ReferenceScores Of(LanguageModel reference, IReadOnlyList<TokenizedGroup> groups, int tokensPerMicroBatch = 4096,
        IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        var scores = new ReferenceScores();
        int done = 0;
        foreach (IReadOnlyList<TokenizedGroup> part in MicroBatchPlan.Split(groups, int.MaxValue, tokensPerMicroBatch))
        {
            cancel.ThrowIfCancellationRequested();
            MicroBatch batch = MicroBatch.Of(part);
            using ScoringPass pass = ScoringPass.Forward(reference.Decoder, batch, forBackward: false);
            using Tensor wide = pass.Sums.to(ScalarType.Float64);
            double[] sums = wide.data<double>().ToArray();
            for (int i = 0; i < sums.Length; i++)
            {
                TokenizedGroup group = part[batch.Answers[i].Group];
                if (!scores._sums.TryGetValue(Key(group), out double[]? row))
                    scores._sums.Add(Key(group), row = new double[group.Answers.Length]);
                row[batch.Answers[i].Index] = sums[i];
            }
            progress?.Report(done += part.Count);
        }
        return scores;
    }

    private static (int, ulong) Key(TokenizedGroup group)
    {
        ulong hash = 14695981039346656037; // FNV-1a over whole ids
        Mix(group.Prompt);
        foreach (TokenizedAnswer answer in group.Answers)
            Mix(answer.Ids);
        return (group.Row, hash);

        void Mix(int[] ids)
        {
            foreach (int id in ids)
                hash = (hash ^ (uint)id) * 1099511628211;
            hash = (hash ^ 0x9e3779b97f4a7c15) * 1099511628211; // where one ends
        }
    }

    /// <summary>The sums of a micro-batch's answers [A] in the type given.</summary>
    internal Tensor For(IReadOnlyList<TokenizedGroup> groups, MicroBatch batch, ScalarType type) =>
        tensor(batch.Answers.Select(a => _sums[Key(groups[a.Group])][a.Index]).ToArray(), dtype: type);
}
