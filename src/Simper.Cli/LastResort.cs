namespace Simper.Cli;

/// <summary>
/// Errors that no command catches: on threads of their own, and in unobserved tasks. Without this the former end the process with
/// a stack trace, the latter silently.
/// </summary>
internal static class LastResort
{
    private static int _seen;

    /// <summary>Whether there was one.</summary>
    public static bool HasSeen => _seen > 0;

    /// <summary>Watches for them until the process ends.</summary>
    public static void Watch(string[] args)
    {
        AppDomain.CurrentDomain.UnhandledException += (_, happened) =>
        {
            Tell(
                happened.ExceptionObject as Exception ?? new InvalidOperationException($"{happened.ExceptionObject}"),
                args,
                Console.Error
            );
            Environment.Exit(CommandLine.Failed); // right here: after this handler the runtime would abort
        };
        TaskScheduler.UnobservedTaskException += (_, happened) =>
        {
            happened.SetObserved();
            Tell(happened.Exception, args, Console.Error);
        };
    }

    /// <summary>Reports what happened, once if several threads fail for the same reason.</summary>
    internal static void Tell(Exception error, string[] args, TextWriter errors)
    {
        if (Interlocked.Increment(ref _seen) > 1)
            return;
        foreach (string line in error is SimperException ? [Secrets.Masked(error.Message)] : ErrorReport.Of(error, args))
            errors.WriteLine(line);
        errors.Flush();
    }
}
