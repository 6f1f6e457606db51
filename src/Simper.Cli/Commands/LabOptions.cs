using System.CommandLine;
using Simper.Experiments;
using Simper.Runs;
using Simper.Tensors;

namespace Simper.Cli.Commands;

/// <summary>The options of analyses that examine models and answers.</summary>
internal sealed class LabOptions
{
    public Option<string?> Model { get; } =
        new("--model_name_or_path") { HelpName = "PATH", Description = "Model folder, .gguf file, or a run's folder." };

    public Option<string?> Dataset { get; } =
        new("--dataset_name") { HelpName = "FILE", Description = "Pairs to look at, best such as were not trained on." };

    private readonly ColumnMapOption _columns = new();

    public Option<string?> Compare { get; } =
        new("--compare")
        {
            HelpName = "PATH",
            Description = "The model before training, say: changes are taken from it, answer by answer.",
        };

    public Option<string?> Run { get; } =
        new("--run")
        {
            HelpName = "DIR",
            Description = "A run's folder, in place of all three: its model, its held-out pairs, and the model it began with.",
        };

    public Option<int> MaxLength { get; } =
        new("--max_length") { Description = "As in a recipe; a run brings its own.", DefaultValueFactory = _ => 1024 };

    public Option<string?> Dtype { get; } =
        new("--dtype")
        {
            HelpName = "TYPE",
            Description = "float32, bfloat16 or float64 (for checks); without it what is faster here, or what the run had.",
        };

    public Option<string?> MaxMemory { get; } =
        new("--max_memory") { HelpName = "SIZE", Description = "As in a recipe, such as 3GB; a run brings its own." };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[Model, Dataset, Compare, Run, MaxLength, Dtype, MaxMemory])
            command.Options.Add(option);
        _columns.AddTo(command);
    }

    /// <summary>The subject; null if no option names anything.</summary>
    /// <exception cref="SimperException">Options are missing, contradict each other, or name something missing.</exception>
    public VariationSubject? Subject(ParseResult parsed)
    {
        (string? model, string? dataset, string? compare) = (
            parsed.GetValue(Model),
            parsed.GetValue(Dataset),
            parsed.GetValue(Compare)
        );
        if (parsed.GetValue(Run) is { } run)
        {
            return (model, dataset) == (null, null)
                ? VariationSubject.OfRun(run, compare, PrecisionOf(parsed), MemoryOf(parsed))
                : throw new SimperException(
                    "--run names model and pairs; give it without --model_name_or_path and --dataset_name."
                );
        }
        if ((model, dataset, compare) == (null, null, null))
            return null;
        if (model is null || dataset is null)
            throw new SimperException(
                $"--{(model is null ? "model_name_or_path" : "dataset_name")} is missing: both the model and the pairs "
                    + "are needed, or --run."
            );
        return VariationSubject.OfFile(
            model,
            dataset,
            compare,
            parsed.GetValue(MaxLength),
            PrecisionOf(parsed),
            MemoryOf(parsed),
            _columns.Of(parsed)
        );
    }

    private long? MemoryOf(ParseResult parsed) =>
        parsed.GetValue(MaxMemory) is { } size ? Recipe.Read(null, [("max_memory", size)]).MaxMemory : null;

    private Precision? PrecisionOf(ParseResult parsed) => ModelOptions.PrecisionOf(parsed.GetValue(Dtype));
}
