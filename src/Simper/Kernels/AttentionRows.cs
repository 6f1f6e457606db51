using System.Runtime.Intrinsics;

namespace Simper.Kernels;

/// <summary>The rows that a segment sees, its ancestors' and its own, as one sequence in order of position; and back.</summary>
internal static unsafe class AttentionRows<T>
    where T : unmanaged
{
    /// <summary>Copies a head's rows of the tokens that a segment sees.</summary>
    /// <param name="head">[T, ..]</param>
    /// <param name="stride">Numbers from a token to the next one.</param>
    /// <param name="width">Numbers to copy of each.</param>
    /// <param name="layout">The axis.</param>
    /// <param name="segment">Whose view it is.</param>
    /// <param name="rows">[positions, width]</param>
    public static void Gather(T* head, int stride, int width, TokenLayout layout, int segment, T* rows)
    {
        for (int a = segment; a >= 0; a = layout.Segments[a].Parent)
        {
            TokenLayout.Segment seen = layout.Segments[a];
            for (int i = 0; i < seen.Length; i++)
                new Span<T>(head + (long)(seen.Start + i) * stride, width).CopyTo(new Span<T>(rows + (long)(seen.FirstPosition + i) * width, width));
        }
    }

    /// <summary>Adds gathered rows to the tokens that they came from.</summary>
    /// <param name="gathered">[positions, ..]</param>
    /// <param name="stride">Numbers from a gathered row to the next one; whole vectors may be read.</param>
    /// <param name="tokens">[T, width]</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="layout">The axis.</param>
    /// <param name="segment">Whose view it is.</param>
    public static void AddBack(T* gathered, int stride, T* tokens, int width, TokenLayout layout, int segment)
    {
        for (int a = segment; a >= 0; a = layout.Segments[a].Parent)
        {
            TokenLayout.Segment seen = layout.Segments[a];
            for (int i = 0; i < seen.Length; i++)
            {
                T* from = gathered + (long)(seen.FirstPosition + i) * stride, to = tokens + (long)(seen.Start + i) * width;
                for (int j = 0; j < width; j += Vector512<T>.Count)
                    Lanes<T, T>.Store(to + j, Lanes<T, T>.Load(to + j, width - j) + Vector512.Load(from + j), width - j);
            }
        }
    }
}
