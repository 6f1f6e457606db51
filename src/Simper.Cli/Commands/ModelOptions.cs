using System.CommandLine;
using Simper.Generation;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Runs;
using Simper.Tensors;

namespace Simper.Cli.Commands;

/// <summary>The options of commands that generate: which model, and how.</summary>
/// <param name="isFixed">Whether the command itself says how to sample, so that there are no options for it.</param>
internal sealed class ModelOptions(bool isFixed = false)
{
    public Argument<string?> Model { get; } =
        new("model")
        {
            HelpName = "MODEL",
            Description = "Model folder, .gguf file, an adapter of one, or a run's folder.",
            Arity = ArgumentArity.ZeroOrOne,
        };

    public Option<string?> NamedModel { get; } =
        new("--model_name_or_path") { HelpName = "PATH", Description = "The same, under the name that recipes use." };

    public Option<int> MaxNewTokens { get; } =
        new("--max_new_tokens") { Description = "Longest answer, in tokens.", DefaultValueFactory = _ => 256 };

    public Option<double> Temperature { get; } = new("--temperature") { Description = "0 takes the likeliest token each time." };

    public Option<int> TopK { get; } = new("--top_k") { Description = "Sample among so many tokens; 0 for all." };

    public Option<double> TopP { get; } =
        new("--top_p") { Description = "Sample among tokens of so much probability.", DefaultValueFactory = _ => 1 };

    public Option<long> Seed { get; } = new("--seed") { Description = "Seed of the samples.", DefaultValueFactory = _ => 42 };

    public Option<string?> Dtype { get; } = DtypeOption();

    public Option<string> Device { get; } = DeviceOption("the model computes");

    /// <summary>--dtype, as every command has it that answers.</summary>
    public static Option<string?> DtypeOption() =>
        new("--dtype")
        {
            HelpName = "TYPE",
            Description =
                "float32, bfloat16 or float64 (for checks); without it what a run's recipe says, or what is faster here.",
        };

    /// <summary>--device; what computes is named in its help.</summary>
    public static Option<string> DeviceOption(string what) =>
        new("--device")
        {
            HelpName = "NAME",
            Description = $"Where {what}: {Devices.Names}; all but the CPU are untried.",
            DefaultValueFactory = _ => "cpu",
        };

    public Option<string?> Frozen { get; } = FrozenOption();

    /// <summary>--frozen_weights, as every command has it that computes with a model that does not train.</summary>
    public static Option<string?> FrozenOption() =>
        new("--frozen_weights")
        {
            HelpName = "HOW",
            Description =
                "unpacked or packed: a quantised .gguf file's matrices in dtype, or as they lie in the file, in less memory.",
        };

    public Option<bool> StrictFinite { get; } = StrictFiniteOption();

    /// <summary>--strict_finite, as every command has it that answers.</summary>
    public static Option<bool> StrictFiniteOption() =>
        new("--strict_finite") { Description = "Refuse a model with weights that are NaN or infinite, instead of a warning." };

    public Option<string?> Base { get; } = BaseOption();

    /// <summary>--base_model_name_or_path, as every command has it that an adapter may be given to.</summary>
    public static Option<string?> BaseOption() =>
        new("--base_model_name_or_path")
        {
            HelpName = "PATH",
            Description =
                "Of an adapter: its model, where that is not at the place that the adapter names; a .gguf file names none.",
        };

    private readonly TemplateOptions _template = new();

    public void AddTo(Command command)
    {
        command.Arguments.Add(Model);
        AddOptionsTo(command);
    }

    /// <summary>Without the argument, for commands whose argument is another: the model has its option.</summary>
    public void AddOptionsTo(Command command)
    {
        Option[] sampling = isFixed ? [] : [MaxNewTokens, Temperature, TopK, TopP, Seed];
        foreach (Option option in (Option[])[NamedModel, .. sampling, Dtype, Device, Frozen, StrictFinite, Base])
            command.Options.Add(option);
        _template.AddTo(command);
    }

    /// <summary>The model as the user named it.</summary>
    /// <exception cref="SimperException">None was named.</exception>
    public string Path(ParseResult parsed) =>
        parsed.GetValue(NamedModel)
        ?? (parsed.GetResult(Model) is null ? null : parsed.GetValue(Model))
        ?? throw new SimperException("Which model? Give a model folder, a .gguf file or a run's folder.");

    public LanguageModel Load(ParseResult parsed) => Load(parsed, Path(parsed), CancellationToken.None);

    public LanguageModel Load(ParseResult parsed, string named, CancellationToken cancel)
    {
        if (RunState.Of(named)?.Note(named) is { } note)
            Console.Error.WriteLine(note); // answers go to standard output
        using AnsweringModels models = Models(parsed);
        return Opened(models, named, cancel);
    }

    /// <summary>One of several models.</summary>
    public static LanguageModel Load(AnsweringModels models, string named)
    {
        if (RunState.Of(named)?.Note(named) is { } note)
            Console.Error.WriteLine(note);
        return Opened(models, named, CancellationToken.None);
    }

    /// <summary>What opens the models, so that adapters of one share it.</summary>
    public AnsweringModels Models(ParseResult parsed) =>
        new(
            new AnsweringSettings
            {
                Precision = PrecisionOf(parsed.GetValue(Dtype)),
                Device = parsed.GetValue(Device)!,
                Frozen = FrozenOf(parsed.GetValue(Frozen)),
                Files = files => _template.Apply(parsed, files),
                StrictFinite = parsed.GetValue(StrictFinite),
                BasePath = parsed.GetValue(Base),
            }
        );

    private static LanguageModel Opened(AnsweringModels models, string named, CancellationToken cancel)
    {
        LanguageModel model = models.Open(named, cancel);
        if (model.Warning is { } warning)
            Console.Error.WriteLine(warning);
        return model;
    }

    /// <summary>The value of --dtype, by the names in recipes; null if it is not given.</summary>
    /// <exception cref="SimperException">It is not one of them.</exception>
    public static Precision? PrecisionOf(string? value) =>
        value is null ? null : RecipeValue.OfOption("dtype", value).PrecisionOrNull();

    /// <summary>The value of --frozen_weights, by the names in recipes.</summary>
    /// <exception cref="SimperException">It is not one of them.</exception>
    public static FrozenWeights? FrozenOf(string? value) =>
        value is null ? null : RecipeValue.OfOption("frozen_weights", value).Choice([.. RecipeValue.FrozenWeights]);

    public SamplingSettings Settings(ParseResult parsed)
    {
        var settings = new SamplingSettings
        {
            MaxNewTokens = parsed.GetValue(MaxNewTokens),
            Temperature = parsed.GetValue(Temperature),
            TopK = parsed.GetValue(TopK),
            TopP = parsed.GetValue(TopP),
            Seed = parsed.GetValue(Seed),
        };
        settings.Validate();
        return settings;
    }
}
