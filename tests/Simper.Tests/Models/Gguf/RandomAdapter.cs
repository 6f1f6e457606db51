using Simper.Models;
using Simper.Models.Adapters;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Tests.Models.Gguf;

/// <summary>A model with an adapter whose matrices are all random, so that each of them moves the logits.</summary>
internal static class RandomAdapter
{
    /// <summary>All linear layers with rank 4 and α 8.</summary>
    public static AdapterConfig AllLinear { get; } =
        new()
        {
            Rank = 4,
            Alpha = 8,
            TargetModules = ModuleNames.Matching(ModuleNames.AllLinear),
        };

    /// <summary>The model with such an adapter; the model has to outlive it.</summary>
    public static LanguageModel Over(LanguageModel model, AdapterConfig config, double size = 0.1)
    {
        LanguageModel adapted = model.WithNewAdapter(config, seed: 5);
        using var noGrad = no_grad();
        using var generator = new Generator(17, CPU);
        foreach (TensorWeight weight in adapted.Adapter!.Weights)
        {
            using Tensor values = randn([.. weight.Shape], generator: generator);
            values.TimesInPlace(size);
            weight.Set(values);
        }
        return adapted;
    }
}
