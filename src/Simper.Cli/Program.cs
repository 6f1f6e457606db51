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
    Console.Error.WriteLine(mistake.Message); // SIMPER_LIBTORCH, which is read before anything of the library runs
    return CommandLine.UsersMistake;
}
catch (Exception e)
{
    LastResort.Tell(e, args, Console.Error); // libtorch that does not load, say
    return CommandLine.Failed;
}
int code = await CommandLine.RunAsync(args);
return code == 0 && LastResort.HasSeen ? CommandLine.Failed : code;

// A method of its own: the library starts when the method that calls it is compiled, which has to happen inside of try.
[MethodImpl(MethodImplOptions.NoInlining)]
static void ApplyHeapSettings() => Simper.Tensors.HeapSettings.Apply();
