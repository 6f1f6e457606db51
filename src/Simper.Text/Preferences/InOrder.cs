namespace Simper.Text.Preferences;

/// <summary>Parallel work whose result does not depend on the number of cores.</summary>
internal static class InOrder
{
    /// <summary>The results for 0 to <paramref name="count"/> - 1, in order.</summary>
    /// <exception cref="SimperException">One failed: the first in order, even if it failed last.</exception>
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
