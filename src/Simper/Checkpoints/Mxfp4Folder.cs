using System.Text.Json.Nodes;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// A folder whose experts are four-bit floats in blocks of 32 with a power of two each (MXFP4), as gpt-oss is published:
/// <c>NAME_blocks</c> [experts, outputs, inputs / 32, 16] with two codes a byte, the first in the low bits, and
/// <c>NAME_scales</c> [experts, outputs, inputs / 32]. They appear as NAME [experts, inputs, outputs] in bfloat16, which holds
/// every such value exactly. The OCP Microscaling specification, and <c>convert_moe_packed_tensors</c> of transformers.
/// </summary>
internal sealed class Mxfp4Folder : QuantisedFolder
{
    private const string Blocks = "_blocks";
    private const string Scales = "_scales";
    private const int BlockBytes = 16;
    private const int BlockValues = 2 * BlockBytes;
    private const int ExponentBias = 127;

    /// <param name="folder">The folder as it is, which the object now owns.</param>
    /// <param name="path">Where it is, for messages.</param>
    /// <exception cref="SimperException">Its blocks do not fit.</exception>
    public Mxfp4Folder(HuggingFaceFolder folder, string path)
        : base(folder)
    {
        foreach ((string name, TensorEntry entry) in folder.Tensors)
        {
            if (name.EndsWith(Scales, StringComparison.Ordinal) && folder.Tensors.ContainsKey(Base(name, Scales) + Blocks))
                continue;
            if (!name.EndsWith(Blocks, StringComparison.Ordinal))
            {
                Show(name, entry);
                continue;
            }
            string whole = Base(name, Blocks);
            bool fits =
                entry is { DType: ScalarType.Byte, Shape: [_, _, _, BlockBytes] }
                && folder.Tensors.TryGetValue(whole + Scales, out TensorEntry? scales)
                && scales.DType == ScalarType.Byte
                && scales.Shape.AsSpan().SequenceEqual(entry.Shape.AsSpan(0, 3));
            if (!fits || folder.Tensors.ContainsKey(whole))
                throw new SimperException(
                    $"{path}: {FileFault.Quote(name)} is no matrix of MXFP4 blocks (U8 [experts, outputs, blocks, 16] with "
                        + $"{FileFault.Quote(whole + Scales)}, U8 without the last axis); the download may be incomplete."
                );
            Show(
                whole,
                new TensorEntry("MXFP4", ScalarType.BFloat16, [entry.Shape[0], entry.Shape[2] * BlockValues, entry.Shape[1]])
            );
        }
    }

    // Of codes 0 to 15: the sign is the highest bit.
    private static ReadOnlySpan<float> FourBitFloats => [0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6];

    protected override bool IsQuantised(string name) => !Folder.Tensors.ContainsKey(name);

    protected override Tensor Dequantised(string name)
    {
        using Tensor blocks = Folder.Read(name + Blocks);
        using Tensor scales = Folder.Read(name + Scales);
        using Tensor rows = empty([scales.numel(), BlockValues], ScalarType.BFloat16, CPU);
        Parallel.For(
            0L,
            scales.numel(),
            block =>
            {
                unsafe
                {
                    int exponent = TensorMemory.Pointer(scales)[block] - ExponentBias;
                    byte* codes = TensorMemory.Pointer(blocks) + block * BlockBytes;
                    var values = (ushort*)TensorMemory.Pointer(rows) + block * BlockValues;
                    for (int i = 0; i < BlockBytes; i++)
                    {
                        values[2 * i] = Bits(codes[i] & 15, exponent);
                        values[2 * i + 1] = Bits(codes[i] >> 4, exponent);
                    }
                }
            }
        );
        long[] shape = Folder.Tensors[name + Blocks].Shape;
        using Tensor outputsFirst = rows.view(shape[0], shape[1], shape[2] * BlockValues);
        using Tensor transposed = outputsFirst.transpose(1, 2);
        return transposed.contiguous();
    }

    private static string Base(string name, string ending) => name[..^ending.Length];

    // Exact: two significant bits, and bfloat16 has float's exponents, subnormal ones included.
    private static ushort Bits(int code, int exponent) =>
        (ushort)(BitConverter.SingleToUInt32Bits(MathF.ScaleB(FourBitFloats[code], exponent)) >> 16);
}
