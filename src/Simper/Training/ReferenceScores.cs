using System.Runtime.InteropServices;
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
    // By content: a data set hands out another object for a group each time. Where a group's sums begin is all that a group takes beside
    // them: an object for each would be most of a long run's memory.
    private readonly Dictionary<ulong, int> _starts = [];
    private readonly List<double> _sums = [];

    /// <summary>Scores groups with <paramref name="reference"/>, which is not needed afterwards.</summary>
    /// <param name="reference">The model that the policy is held to, mostly the policy before its first step.</param>
    /// <param name="groups">All groups that will be asked for.</param>
    /// <param name="tokensPerMicroBatch">How many tokens to score at once.</param>
    /// <param name="progress">Told the number of groups done.</param>
    /// <param name="cancel">Stops between micro-batches.</param>
    public static ReferenceScores Of(LanguageModel reference, IReadOnlyList<TokenizedGroup> groups, int tokensPerMicroBatch = 4096,
        IProgress<int>? progress = null, CancellationToken cancel = default) => Of(reference, [groups], tokensPerMicroBatch, progress, cancel);

    /// <summary>Scores the groups of several data sets.</summary>
    /// <inheritdoc cref="Of(LanguageModel, IReadOnlyList{TokenizedGroup}, int, IProgress{int}?, CancellationToken)"/>
    public static ReferenceScores Of(LanguageModel reference, IReadOnlyList<IReadOnlyList<TokenizedGroup>> groups, int tokensPerMicroBatch = 4096,
        IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        var scores = new ReferenceScores();
        int done = 0;
        foreach (IReadOnlyList<TokenizedGroup> part in groups.SelectMany(g => MicroBatchPlan.Split(g, int.MaxValue, tokensPerMicroBatch)))
        {
            cancel.ThrowIfCancellationRequested();
            MicroBatch batch = MicroBatch.Of(part);
            using ScoringPass pass = ScoringPass.Forward(reference.Decoder, batch, forBackward: false);
            using Tensor wide = pass.Sums.to(ScalarType.Float64);
            double[] sums = wide.data<double>().ToArray();
            for (int i = 0; i < sums.Length; i++)
            {
                TokenizedGroup group = part[batch.Answers[i].Group];
                if (!scores._starts.TryGetValue(Key(group), out int start))
                {
                    scores._starts.Add(Key(group), start = scores._sums.Count);
                    CollectionsMarshal.SetCount(scores._sums, start + group.Answers.Length);
                }
                scores._sums[start + batch.Answers[i].Index] = sums[i];
            }
            progress?.Report(done += part.Count);
        }
        return scores;
    }

    // 64 bits of row, which differ already between the rows of a file, and content.
    private static ulong Key(TokenizedGroup group)
    {
        ulong hash = (14695981039346656037 ^ (uint)group.Row) * 1099511628211; // FNV-1a over whole ids
        Mix(group.Prompt);
        foreach (TokenizedAnswer answer in group.Answers)
            Mix(answer.Ids);
        return hash;

        void Mix(int[] ids)
        {
            foreach (int id in ids)
                hash = (hash ^ (uint)id) * 1099511628211;
            hash = (hash ^ 0x9e3779b97f4a7c15) * 1099511628211; // where one ends
        }
    }

    /// <summary>The sums of a micro-batch's answers [A] in the type given.</summary>
    internal Tensor For(IReadOnlyList<TokenizedGroup> groups, MicroBatch batch, ScalarType type) =>
        tensor(batch.Answers.Select(a => _sums[_starts[Key(groups[a.Group])] + a.Index]).ToArray(), dtype: type);
}
