namespace Simper.Cli.Commands;

/// <summary>What is said of commands that keep each answer as it comes, when they are stopped.</summary>
internal static class KeptAnswers
{
    /// <summary>Runs something that keeps its answers in a file or folder.</summary>
    public static void In(string path, Action<string> work) =>
        ErrorNotes.Kept(
            Said(path),
            () =>
            {
                work(path);
                return true;
            }
        );

    /// <summary>The same.</summary>
    public static Task In(string path, Func<string, Task> work) =>
        ErrorNotes.KeptAsync(
            Said(path),
            async () =>
            {
                await work(path);
                return true;
            }
        );

    /// <summary>The same.</summary>
    public static Task<T> In<T>(string path, Func<string, Task<T>> work) => ErrorNotes.KeptAsync(Said(path), () => work(path));

    private static string Said(string path) =>
        $"the answers so far are kept in {path}, and the same command goes on with the rest";
}
