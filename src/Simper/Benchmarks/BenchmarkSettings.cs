using System.Text.Json.Nodes;
using Simper.Tensors;

namespace Simper.Benchmarks;

/// <summary>What is evaluated, and how. The names are those of lm-evaluation-harness where it has them.</summary>
public sealed record BenchmarkSettings
{
    /// <summary>
    /// Model folders, .gguf files or folders of runs. Of several, the first is what the others are compared with.
    /// </summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Tasks, groups, tags, patterns, task files and files of questions.</summary>
    public required IReadOnlyList<string> Tasks { get; init; }

    /// <summary>Folders with further task files.</summary>
    public IReadOnlyList<string> IncludePaths { get; init; } = [];

    /// <summary>Shots, limits, data folder.</summary>
    public PromptOptions Prompts { get; init; } = new();

    /// <summary>Whether prompts are written in the model's chat template.</summary>
    public bool ApplyChatTemplate { get; init; }

    /// <summary>The most tokens that a model is given; null for all that it reads.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Tokens computed at once.</summary>
    public int TokensTogether { get; init; } = 4096;

    /// <summary>Resamples for standard errors without a closed form; 0 for no standard errors.</summary>
    public int BootstrapIterations { get; init; } = 100_000;

    /// <summary>Settings of generation in place of the tasks'.</summary>
    public JsonObject? GenerationKwargs { get; init; }

    /// <summary>Where results, samples and answers are kept; null for nowhere.</summary>
    public string? OutputDir { get; init; }

    /// <summary>Dtypes. float32, so that figures do not depend on what is fast on a machine, unless told.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>The device.</summary>
    public string Device { get; init; } = "cpu";
}
