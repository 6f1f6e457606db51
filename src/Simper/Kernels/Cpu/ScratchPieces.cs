using TorchSharp;

namespace Simper.Kernels.Cpu;

/// <summary>
/// The thread's scratch memory, piece by piece, each aligned to a cache line and followed by a vector of slack.
/// </summary>
/// <param name="bytes">Bytes of all pieces, at most 16.</param>
internal unsafe ref struct ScratchPieces(long bytes)
{
    private const int Pieces = 16;
    private const int Room = 64;

    private byte* _next = (byte*)Scratch.Of(bytes + Pieces * 2 * Room);

    public BFloat16* Narrow(long numbers) => (BFloat16*)Next(2 * numbers);

    public uint* Pairs(long numbers) => (uint*)Next(4 * numbers);

    public float* Wide(long numbers) => (float*)Next(4 * numbers);

    private byte* Next(long bytes)
    {
        byte* piece = _next;
        _next += (bytes + Room + Room - 1) / Room * Room;
        return piece;
    }
}
