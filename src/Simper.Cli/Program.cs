Simper.Tensors.HeapSettings.Apply();
return await Simper.Cli.CommandLine.RunAsync(args);
