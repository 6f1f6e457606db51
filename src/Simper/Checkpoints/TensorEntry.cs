using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>What a checkpoint says about a tensor before any of its values is read.</summary>
/// <param name="FileType">The type's name in the file: <c>BF16</c>, <c>F32</c>, <c>Q4_1</c>, ...</param>
/// <param name="DType">The dtype of the tensor that <see cref="Checkpoint.Read"/> returns.</param>
/// <param name="Shape">Its sizes, outermost first, as the Hugging Face folder has them.</param>
public sealed record TensorEntry(string FileType, ScalarType DType, long[] Shape)
{
    /// <summary>How many values the tensor has.</summary>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (long size in Shape)
                count *= size;
            return count;
        }
    }
}
