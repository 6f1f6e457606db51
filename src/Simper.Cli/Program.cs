using System.Runtime.CompilerServices;
using Simper.Cli;

StandardStreams.Mend();
LastResort.Watch(args);
try
{
    ApplyHeapSettings();
}
catch (TypeInitializationException e) when (e.InnerException is Simper.SimperException mistake)
{
    Console.Error.WriteLine(mistake.Message); // SIMPER_LIBTORCH, which is read before any library code runs
    return CommandLine.UsersMistake;
}
catch (Exception e)
{
    LastResort.Tell(e, args, Console.Error); // such as a libtorch that does not load
    return CommandLine.Failed;
}
int code = await CommandLine.RunAsync(args);
return code == 0 && LastResort.HasSeen ? CommandLine.Failed : code;

// A method of its own: the library is loaded when its caller is compiled, which must happen inside the try.
[MethodImpl(MethodImplOptions.NoInlining)]
static void ApplyHeapSettings() => Simper.Tensors.HeapSettings.Apply();
