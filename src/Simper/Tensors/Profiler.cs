using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Simper.Tensors;

/// <summary>
/// How long the operations of a pass take, by name, for the benchmark that shows where a step's time goes. Off unless it is
/// switched on, when it costs one comparison an operation. Thread safe.
/// </summary>
internal static class Profiler
{
    private static readonly ConcurrentDictionary<string, long> Ticks = new();

    /// <summary>Whether times are taken.</summary>
    public static bool IsOn { get; set; }

    /// <summary>Seconds by operation since <see cref="Clear"/>.</summary>
    public static IReadOnlyDictionary<string, double> Seconds =>
        Ticks.ToDictionary(t => t.Key, t => t.Value / (double)Stopwatch.Frequency);

    public static void Clear() => Ticks.Clear();

    /// <summary>Times an operation until the result is disposed. Operations do not contain one another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span Time(string operation) => IsOn ? new Span(operation, Stopwatch.GetTimestamp()) : default;

    /// <summary>A stretch of time that belongs to an operation.</summary>
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
