using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Simper.Tensors;

/// <summary>
/// A profiler: the time of a pass's operations, by name, for the benchmark that shows where a step's time goes. Off by default,
/// and then costs one comparison per operation. Thread safe.
/// </summary>
internal static class Profiler
{
    private static readonly ConcurrentDictionary<string, long> Ticks = new();

    /// <summary>Whether it is on.</summary>
    public static bool IsOn { get; set; }

    /// <summary>Seconds per operation since <see cref="Clear"/>.</summary>
    public static IReadOnlyDictionary<string, double> Seconds =>
        Ticks.ToDictionary(t => t.Key, t => t.Value / (double)Stopwatch.Frequency);

    public static void Clear() => Ticks.Clear();

    /// <summary>Times an operation until the result is disposed. Operations do not nest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span Time(string operation) => IsOn ? new Span(operation, Stopwatch.GetTimestamp()) : default;

    /// <summary>A measured interval of an operation.</summary>
    public readonly ref struct Span(string? operation, long started)
    {
        public void Dispose()
        {
            if (operation is null)
                return;
            long elapsed = Stopwatch.GetTimestamp() - started;
            Ticks.AddOrUpdate(operation, elapsed, (_, sum) => sum + elapsed);
        }
    }
}
