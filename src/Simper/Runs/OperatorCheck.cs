using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Runs;

/// <summary>
/// Checks before a run that the loaded libtorch has the operators that a run calls by name: products into a given tensor
/// (<c>aten::mm.out</c>), in both dtypes. The version comes from its own interface.
/// </summary>
public static class OperatorCheck
{
    /// <summary>Computes a product with a known result.</summary>
    /// <exception cref="SimperException">The libtorch that was loaded is another version, lacks the operator, or computes
    /// something else.</exception>
    public static void Run()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (ScalarType type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
        {
            Tensor ramp = HeldNumbers.Range(6, type).reshape(2, 3);
            Tensor product = zeros([2, 2], dtype: type);
            try
            {
                Dispatcher.Call("aten::mm", "out", 1, ramp, ramp.t(), product)[0].Dispose(); // a second handle to the same tensor
            }
            catch (InvalidOperationException e)
            {
                throw new SimperException(
                    "The libtorch that was loaded lacks an operator that Simper needs; it has to be version 2.10. " + e.Message,
                    e
                );
            }
            float[] found = product.to(ScalarType.Float32).data<float>().ToArray();
            if (found is not [5, 14, 14, 50])
                throw new SimperException(
                    $"The self-test of libtorch failed: a product in {type} gave {string.Join(", ", found)}, not 5, 14, 14, 50. "
                        + "Simper needs libtorch 2.10."
                );
        }
    }
}
