return await Simper.Cli.CommandLine.RunAsync(args);
