namespace Simper.Testing;

/// <summary>
/// How often a test repeats something: a few times always, as often as docs/reliability.md says where SIMPER_LONG is 1.
/// </summary>
internal static class Counts
{
    private static readonly Lock Gate = new();

    /// <summary>Whether the full counts are asked for.</summary>
    public static bool AreFull { get; } = Environment.GetEnvironmentVariable("SIMPER_LONG") == "1";

    /// <summary>One of the two.</summary>
    public static int Of(int always, int full) => AreFull ? full : always;

    /// <summary>Says what a test counted: in its output, and as a line of the file that SIMPER_FIGURES names.</summary>
    /// <param name="row">The row of docs/reliability.md.</param>
    /// <param name="figures">What was counted.</param>
    public static void Tell(int row, string figures)
    {
        string line = FormattableString.Invariant($"{DateTime.UtcNow:yyyy-MM-dd HH:mm} row {row}: {figures}");
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        if (Environment.GetEnvironmentVariable("SIMPER_FIGURES") is not { Length: > 0 } file)
            return;
        lock (Gate)
            File.AppendAllText(file, line + "\n");
    }
}
