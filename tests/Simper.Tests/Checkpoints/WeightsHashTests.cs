using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Tensors;
using Simper.Testing;

namespace Simper.Tests.Checkpoints;

/// <summary>Whether weights changed is told by every bit of them, and their number by the shape alone.</summary>
public class WeightsHashTests
{
    private static string Model => Path.Combine(SharedFiles.Repository, "assets", "demo", "model");

    [Fact]
    public void One_bit_of_any_parameter_shows_and_undone_is_as_before()
    {
        using LanguageModel model = LanguageModel.Load(Model, Precision.Float32);
        ulong before = model.QuickHash();
        Assert.Equal(before, model.QuickHash());
        foreach (Parameter parameter in model.Parameters)
        {
            Flip(parameter);
            Assert.NotEqual(before, model.QuickHash());
            Flip(parameter);
            Assert.Equal(before, model.QuickHash());
        }
    }

    [Fact]
    public void The_number_of_weights_is_known_without_reading_them()
    {
        using LanguageModel model = LanguageModel.Load(Model, Precision.Float32);
        Assert.Equal(model.ParameterCount, LanguageModel.WeightCountOf(Model, withoutWeights: false));
        Assert.Equal(model.ParameterCount, LanguageModel.WeightCountOf(Model, withoutWeights: true));
    }

    // The last bit of the last weight.
    private static unsafe void Flip(Parameter parameter)
    {
        byte* bytes = TensorMemory.Pointer(parameter.Compute);
        bytes[TensorMemory.ByteCount(parameter.Compute) - 4] ^= 1;
    }
}
