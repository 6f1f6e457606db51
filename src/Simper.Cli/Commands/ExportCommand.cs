using System.CommandLine;
using System.Globalization;
using Simper.Exports;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper export</summary>
internal static class ExportCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var model = new Argument<string>("model")
        {
            HelpName = "RUN_OR_MODEL",
            Description = "A run's folder, a model folder, a .gguf file, or an adapter, which is merged into its model.",
        };
        var format = new Option<string>("--format")
        {
            HelpName = "FORMAT",
            Description = "hf, a folder that transformers loads; or gguf, a file for llama.cpp and Ollama.",
            Required = true,
        };
        var type = new Option<string?>("--type")
        {
            HelpName = "TYPE",
            Description = "hf: float32, float16 or bfloat16 (if not given); gguf: F32, F16 (if not given), BF16, Q8_0 or Q4_K_M.",
        };
        var output = new Option<string>("--output_dir")
        {
            HelpName = "FOLDER",
            Description = "The folder to write; an earlier export in it is replaced by the complete new one.",
            Required = true,
        };
        var dataset = new Option<string?>("--dataset_name")
        {
            HelpName = "FILE",
            Description = "Pairs to compare by, in place of the run's held-out ones.",
        };
        var pairs = new Option<int>("--pairs")
        {
            HelpName = "N",
            Description = "At most how many pairs are scored.",
            DefaultValueFactory = _ => 32,
        };
        var tolerance = new Option<double?>("--tolerance")
        {
            HelpName = "NATS",
            Description = "What the mean difference of a token's log-prob may be, and the mean divergence of the next token.",
        };
        var adapter = new Option<bool>("--adapter")
        {
            Description =
                "With --format gguf: write the adapter itself, as llama.cpp applies it to its model's file; F32 if "
                + "--type is not given, or F16 or BF16.",
        };
        Option<string?> basis = ModelOptions.BaseOption();
        var command = new Command(
            "export",
            "Write a model for other programs, load it again, and compare: log-probs, ids, chat templates, stop tokens. "
                + "What does not hold is not kept."
        )
        {
            model,
            format,
            type,
            output,
            dataset,
            pairs,
            tolerance,
            adapter,
            basis,
        };
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    bool adapterOnly = parsed.GetValue(adapter);
                    string? named = parsed.GetValue(type) ?? (adapterOnly ? "F32" : null);
                    var export = new ModelExport
                    {
                        Source = parsed.GetValue(model)!,
                        BasePath = parsed.GetValue(basis),
                        AdapterOnly = adapterOnly,
                        OutputDir = parsed.GetValue(output)!,
                        Format = ExportFormat.Parse(parsed.GetValue(format)!, named),
                        DatasetName = parsed.GetValue(dataset),
                        Pairs = parsed.GetValue(pairs) is var count and > 0
                            ? count
                            : throw new SimperException("--pairs must be a positive number."),
                        Tolerance = parsed.GetValue(tolerance),
                    };
                    ExportReport report = export.Run(console.WriteLine, cancel);
                    Print(console, report);
                    return report.Holds ? 0 : CommandLine.Failed;
                })
        );
        return command;
    }

    private static void Print(IAnsiConsole console, ExportReport report)
    {
        CultureInfo invariant = CultureInfo.InvariantCulture;
        string types = string.Join(", ", report.Types.Select(t => $"{t.Value} {t.Key}"));
        console.WriteLine(string.Create(invariant, $"tensors: {types}, {report.Bytes / 1e6:F1} MB"));
        console.WriteLine(
            string.Create(
                invariant,
                $"log-probs: {report.Tokens} tokens of {report.Sequences} sequences, mean difference "
                    + $"{report.MeanDifference:E2}, largest {report.LargestDifference:E2}"
            )
        );
        console.WriteLine(
            string.Create(
                invariant,
                $"next tokens: mean divergence {report.MeanDivergence:E2}, the same likeliest one in {report.SameBest} of "
                    + $"{report.Sequences}"
            )
        );
        foreach (string note in report.Notes)
            console.WriteLine($"note: {note}.");
        foreach (string fault in report.Faults)
            console.WriteLine($"fault: {fault}.");
        string verdict = report.Holds
            ? string.Create(invariant, $"{report.Path} holds what the model is, within {report.Tolerance}.")
            : string.Create(
                invariant,
                $"The export is not what the model is (tolerance {report.Tolerance}), and was not kept; its report lies beside "
                    + $"the folder."
            );
        console.WriteLine(verdict);
    }
}
