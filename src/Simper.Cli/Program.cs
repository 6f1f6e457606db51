using System.Runtime.CompilerServices;

try
{
    ApplyHeapSettings();
}
catch (TypeInitializationException e) when (e.InnerException is Simper.SimperException mistake)
{
    Console.Error.WriteLine(mistake.Message); // SIMPER_LIBTORCH, which is read before anything of the library runs
    return Simper.Cli.CommandLine.UsersMistake;
}
return await Simper.Cli.CommandLine.RunAsync(args);

// A method of its own: the library starts when the method that calls it is compiled, which has to happen inside of try.
[MethodImpl(MethodImplOptions.NoInlining)]
static void ApplyHeapSettings() => Simper.Tensors.HeapSettings.Apply();
