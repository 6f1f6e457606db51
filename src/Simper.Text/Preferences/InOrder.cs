namespace Simper.Text.Preferences;

/// <summary>Work on all cores whose outcome does not depend on how many there are.</summary>
internal static class InOrder
{
    /// <summary>The results of numbers 0 to <paramref name="count"/> - 1, in this order.</summary>
    /// <exception cref="SimperException">One failed: the first, however late it came.</exception>
    public static T[] Map<T>(int count, Func<int, T> work)
    {
        var results = new T[count];
        SimperException?[]? faults = null;
        Parallel.For(
            0,
            count,
            i =>
            {
                try
                {
                    results[i] = work(i);
                }
                catch (SimperException e)
                {
                    (faults ?? Interlocked.CompareExchange(ref faults, new SimperException?[count], null) ?? faults)[i] = e;
                }
            }
        );
        return faults is not null && Array.Find(faults, f => f is not null) is { } fault ? throw fault : results;
    }
}
