Simper.Runs.HeapSettings.Apply();
return await Simper.Cli.CommandLine.RunAsync(args);
