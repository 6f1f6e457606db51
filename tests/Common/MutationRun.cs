using System.Diagnostics;

namespace Simper.Testing;

/// <summary>
/// Gives many bad files to a reader: each is read or refused by a <see cref="SimperException"/>, and nothing else happens. The
/// longest time and the most memory of one of them are told, not expected: machines differ.
/// </summary>
internal static class MutationRun
{
    private const long MostBytes = 512L << 20; // a bad number that is taken for a size asks for more

    /// <summary>Reads the files of one kind.</summary>
    /// <param name="row">The row of docs/reliability.md.</param>
    /// <param name="what">The kind of file.</param>
    /// <param name="count">How many.</param>
    /// <param name="make">Makes one; the mutator's seed is the number given.</param>
    /// <param name="read">Reads it.</param>
    public static void Read(int row, string what, int count, Func<int, byte[]> make, Action<byte[]> read)
    {
        int refused = 0;
        TimeSpan longest = TimeSpan.Zero;
        long most = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] file = make(i);
            long began = Stopwatch.GetTimestamp();
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(file);
            }
            catch (SimperException e)
            {
                refused++;
                Assert.False(string.IsNullOrWhiteSpace(e.Message));
            }
            catch (Exception e)
            {
                Assert.Fail($"{what} of seed {i}: {e}\n{System.Text.Encoding.UTF8.GetString(file)}");
            }
            TimeSpan took = Stopwatch.GetElapsedTime(began);
            longest = took > longest ? took : longest;
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            most = Math.Max(most, bytes);
            Assert.True(
                bytes < MostBytes,
                $"{what} of seed {i} took {bytes >> 20} MB\n{System.Text.Encoding.UTF8.GetString(file)}"
            );
        }
        Assert.InRange(refused, count / 20, count - 1);
        Counts.Tell(
            row,
            $"{count} mutations of {what}: {refused} refused by a sentence, {count - refused} read, 0 other; longest "
                + $"{longest.TotalMilliseconds:F0} ms, most allocated {most / 1e6:F1} MB"
        );
    }
}
