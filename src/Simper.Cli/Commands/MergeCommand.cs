using System.CommandLine;
using Simper.Runs;
using Simper.Tensors;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper merge</summary>
internal static class MergeCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var adapter = new Argument<string>("adapter")
        {
            HelpName = "ADAPTER",
            Description = "An adapter's folder, a run that trained one, or a .gguf adapter.",
        };
        var output = new Option<string>("--output_dir")
        {
            HelpName = "FOLDER",
            Description = "Where the model is written, a Hugging Face folder.",
            Required = true,
        };
        var from = new Option<string?>("--unmerge")
        {
            HelpName = "MODEL",
            Description = "A model that the adapter was merged into: it is taken out again, up to the rounding of that model.",
        };
        Option<string?> basis = ModelOptions.BaseOption();
        Option<string?> dtype = new("--dtype")
        {
            HelpName = "TYPE",
            Description = "Of the written weights: float32, bfloat16; without it what the model's config says.",
        };
        var command = new Command(
            "merge",
            "Write the model that an adapter makes of its base, as one that needs no adapter; simper export writes it for other "
                + "programs, quantised too."
        )
        {
            adapter,
            output,
            from,
            basis,
            dtype,
        };
        command.SetAction(parsed =>
        {
            Precision? precision = ModelOptions.PrecisionOf(parsed.GetValue(dtype));
            MergeReport report = AdapterMerge.Run(
                new MergeRequest
                {
                    Adapter = parsed.GetValue(adapter)!,
                    OutputDir = parsed.GetValue(output)!,
                    MergedModel = parsed.GetValue(from),
                    BasePath = parsed.GetValue(basis),
                    Type = precision?.Compute,
                }
            );
            foreach (string note in report.Notes)
                console.WriteLine(note);
            string how = parsed.GetValue(from) is null ? "with" : "without";
            console.WriteLine($"{report.Model} {how} {report.Adapter}: {parsed.GetValue(output)}");
            return 0;
        });
        return command;
    }
}
