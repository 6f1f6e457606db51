namespace Simper.Cli;

/// <summary>
/// Errors that no command sees: on threads of their own, and of tasks that nobody waited for. Without this the first end the
/// process with a stack trace, the second in silence.
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
            Environment.Exit(CommandLine.Failed); // here and now: behind this handler the runtime would abort
        };
        TaskScheduler.UnobservedTaskException += (_, happened) =>
        {
            happened.SetObserved();
            Tell(happened.Exception, args, Console.Error);
        };
    }

    /// <summary>Says what happened, once for several threads that fail of the same cause.</summary>
    internal static void Tell(Exception error, string[] args, TextWriter errors)
    {
        if (Interlocked.Increment(ref _seen) > 1)
            return;
        foreach (string line in error is SimperException ? [error.Message] : ErrorReport.Of(error, args))
            errors.WriteLine(line);
        errors.Flush();
    }
}
