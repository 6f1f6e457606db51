using Simper.Text.Preferences;

namespace Simper.Batching;

/// <summary>Splits the groups of a step into micro-batches. The loss of a step is a mean over its groups, so any split gives the
/// same step up to rounding.</summary>
public static class MicroBatchPlan
{
    /// <summary>Consecutive runs of at most <paramref name="groupsPerMicroBatch"/> groups and at most
    /// <paramref name="tokensPerMicroBatch"/> tokens; a single group may be larger than that.</summary>
    public static IEnumerable<IReadOnlyList<TokenizedGroup>> Split(
        IReadOnlyList<TokenizedGroup> groups, int groupsPerMicroBatch, int tokensPerMicroBatch, int answersPerGroup = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(groupsPerMicroBatch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokensPerMicroBatch, 1);
        var run = new List<TokenizedGroup>();
        long tokens = 0;
        foreach (TokenizedGroup group in groups)
        {
            int more = MicroBatch.TokensOf(group, answersPerGroup);
            if (run.Count > 0 && (run.Count == groupsPerMicroBatch || tokens + more > tokensPerMicroBatch))
            {
                yield return run;
                (run, tokens) = ([], 0);
            }
            run.Add(group);
            tokens += more;
        }
        if (run.Count > 0)
            yield return run;
    }
}
