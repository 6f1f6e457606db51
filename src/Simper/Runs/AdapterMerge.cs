using Simper.Models;
using Simper.Models.Adapters;
using Simper.Models.Weights;
using Simper.Tensors;
using TorchSharp;

namespace Simper.Runs;

/// <summary>What <see cref="AdapterMerge"/> is to do.</summary>
public sealed record MergeRequest
{
    /// <summary>The adapter: its folder, a run's, or a .gguf file.</summary>
    public required string Adapter { get; init; }

    /// <summary>The folder of the new model.</summary>
    public required string OutputDir { get; init; }

    /// <summary>A model that the adapter was merged into and is taken out of; null to merge.</summary>
    public string? MergedModel { get; init; }

    /// <summary>The adapter's model, where that is not at the place that the adapter names.</summary>
    public string? BasePath { get; init; }

    /// <summary>The dtype of the written weights; null for that of the model's config, or else float32.</summary>
    public torch.ScalarType? Type { get; init; }
}

/// <summary>What <see cref="AdapterMerge"/> did.</summary>
/// <param name="Model">The model's path.</param>
/// <param name="Adapter">The adapter's.</param>
/// <param name="Notes">What is odd about it, in sentences.</param>
public sealed record MergeReport(string Model, string Adapter, IReadOnlyList<string> Notes);

/// <summary>Writes the model that an adapter makes of its base, computed in float32; or takes it out again.</summary>
public static class AdapterMerge
{
    /// <summary>Merges, or unmerges.</summary>
    /// <exception cref="SimperException">There is no adapter or model, they do not belong together, or the folder is in use for
    /// something else.</exception>
    public static MergeReport Run(MergeRequest request)
    {
        string path = RunFolder.ModelOf(request.Adapter);
        string adapter =
            AdapterSource.Find(path)
            ?? throw new SimperException(
                $"{request.Adapter} is no adapter: there is no adapter_config.json, and it is no .gguf adapter."
            );
        string model = request.MergedModel ?? AdapterBase.PathOf(adapter, request.BasePath);
        using LanguageModel basis = LanguageModel.Load(
            RunFolder.ModelOf(model),
            Precision.Float32,
            trainable: false,
            frozen: FrozenWeights.Packed,
            mapped: true
        );
        using LanguageModel changed = request.MergedModel is null ? basis.WithAdapter(adapter) : basis.WithoutAdapter(adapter);
        changed.SaveMerged(request.OutputDir, request.Type ?? TypeOf(basis.Files));
        return new MergeReport(model, request.Adapter, basis.Warning is { } warning ? [warning] : []);
    }

    private static torch.ScalarType TypeOf(ModelFiles files) =>
        (files.Config["dtype"] ?? files.Config["torch_dtype"])?.ToString() switch
        {
            "bfloat16" => torch.ScalarType.BFloat16,
            "float16" => torch.ScalarType.Float16,
            _ => torch.ScalarType.Float32,
        };
}
