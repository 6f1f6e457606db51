using Simper.Text.Preferences;

namespace Simper.Batching;

/// <summary>
/// Splits the groups of a step into micro-batches. The loss of a step is a mean over its groups, so any split gives the same step
/// up to rounding.
/// </summary>
public static class MicroBatchPlan
{
    /// <summary>Consecutive runs of at most <paramref name="groupsPerMicroBatch"/> groups and at most
    /// <paramref name="tokensPerMicroBatch"/> tokens, as few as these limits allow, and with the largest as small as possible:
    /// even runs keep memory low and products large. A single group may exceed the limit.</summary>
    public static IEnumerable<IReadOnlyList<TokenizedGroup>> Split(
        IReadOnlyList<TokenizedGroup> groups,
        int groupsPerMicroBatch,
        int tokensPerMicroBatch,
        int answersPerGroup = int.MaxValue
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(groupsPerMicroBatch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokensPerMicroBatch, 1);
        int[] tokens = [.. groups.Select(g => MicroBatch.TokensOf(g, answersPerGroup))];
        int fewest = Runs(tokens, groupsPerMicroBatch, tokensPerMicroBatch).Count();
        (int low, int high) = (1, tokensPerMicroBatch);
        while (low < high) // the smallest limit that needs no more runs
        {
            int middle = low + (high - low) / 2;
            if (Runs(tokens, groupsPerMicroBatch, middle).Count() <= fewest)
                high = middle;
            else
                low = middle + 1;
        }
        return Runs(tokens, groupsPerMicroBatch, high)
            .Select(run => (IReadOnlyList<TokenizedGroup>)[.. Enumerable.Range(run.Start, run.Count).Select(i => groups[i])]);
    }

    private static IEnumerable<(int Start, int Count)> Runs(int[] tokens, int groupsPerRun, int tokensPerRun)
    {
        int start = 0;
        long sum = 0;
        for (int i = 0; i < tokens.Length; i++)
        {
            if (i > start && (i - start == groupsPerRun || sum + tokens[i] > tokensPerRun))
            {
                yield return (start, i - start);
                (start, sum) = (i, 0);
            }
            sum += tokens[i];
        }
        if (start < tokens.Length)
            yield return (start, tokens.Length - start);
    }
}
