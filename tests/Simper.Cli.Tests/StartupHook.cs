/// <summary>
/// Runs inside of the program before its first line, where DOTNET_STARTUP_HOOKS names this assembly: fails on a thread of its
/// own, or in a task that nobody waits for, once the program has begun; or sends a signal at a line of output
/// (<see cref="Simper.Cli.Tests.SignalAtLine"/>). The runtime wants this name, outside of any namespace.
/// </summary>
internal static class StartupHook
{
    public const string Kind = "SIMPER_TEST_FAULT";

    public static void Initialize()
    {
        Simper.Cli.Tests.SignalAtLine.Watch();
        if (Environment.GetEnvironmentVariable(Kind) is not { } kind)
            return;
        bool isTask = kind == "task";
        new Thread(() =>
        {
            while (!AppDomain.CurrentDomain.GetAssemblies().Any(a => a.GetName().Name == "System.CommandLine"))
                Thread.Sleep(20);
            if (!isTask)
                throw new InvalidOperationException("from a thread");
            Forget();
            while (true)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                Thread.Sleep(20);
            }
        })
        {
            IsBackground = true,
        }.Start();
    }

    // A method of its own, so that nothing holds the task.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Forget()
    {
        using var done = new ManualResetEventSlim();
        _ = Task.Run(() =>
        {
            try
            {
                throw new InvalidOperationException("from a task");
            }
            finally
            {
                done.Set();
            }
        });
        done.Wait();
    }
}
