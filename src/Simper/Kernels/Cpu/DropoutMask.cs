using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>
/// Which values dropout drops: a hash of the token's key, the layer's key and the column, below a threshold. No state: the same
/// keys give the same mask in any order, on any number of threads.
/// </summary>
internal static unsafe class DropoutMask
{
    /// <summary>A mask [T, columns], bool, on the CPU: true where a value is dropped.</summary>
    /// <param name="keys">Of the tokens [T], int64, on the CPU.</param>
    /// <param name="key">Of the layer.</param>
    /// <param name="columns">Values of a token.</param>
    /// <param name="probability">Of being dropped.</param>
    public static Tensor Of(Tensor keys, long key, long columns, double probability)
    {
        Tensor mask = empty([keys.size(0), columns], dtype: ScalarType.Bool);
        var fill = new Fill
        {
            Keys = (long*)TensorMemory.Pointer(keys),
            Key = (ulong)key,
            Mask = TensorMemory.Pointer(mask),
            Columns = columns,
            Threshold = (uint)Math.Min(uint.MaxValue, probability * 4294967296.0),
        };
        Workers.Run(fill, (int)keys.size(0));
        GC.KeepAlive(keys);
        return mask;
    }

    private readonly struct Fill : IJob
    {
        public required long* Keys { get; init; }
        public required ulong Key { get; init; }
        public required byte* Mask { get; init; }
        public required long Columns { get; init; }
        public required uint Threshold { get; init; }

        public void Run(int item)
        {
            ulong start = Mix((ulong)Keys[item] ^ Mix(Key + Golden));
            byte* row = Mask + item * Columns;
            for (long i = 0; i < Columns; i++)
                row[i] = (uint)(Mix(start + (ulong)(i + 1) * Golden) >> 32) < Threshold ? (byte)1 : (byte)0;
        }
    }

    private const ulong Golden = 0x9e3779b97f4a7c15;

    // SplitMix64 (Steele et al. 2014).
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
