using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>A tensor to be saved: what is known of it before its values are there.</summary>
/// <param name="Name">Its published name.</param>
/// <param name="Type">Its dtype; values that come in another are converted.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Parts">Its values in order, a number of rows at a time; the caller disposes each before it asks for the
/// next.</param>
internal sealed record SavedTensor(string Name, ScalarType Type, long[] Shape, Func<IEnumerable<Tensor>> Parts)
{
    /// <summary>One whose function is called twice, first for dtype and shape only.</summary>
    public static SavedTensor Of(string name, Func<Tensor> tensor)
    {
        using Tensor known = tensor();
        return new SavedTensor(name, known.dtype, known.shape, () => Whole(tensor));
    }

    private static IEnumerable<Tensor> Whole(Func<Tensor> tensor)
    {
        yield return tensor();
    }
}
