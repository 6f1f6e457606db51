using Simper.Kernels;

namespace Simper.Models;

/// <summary>
/// Decoding where rotations depend on the length of the sequence: cached keys were rotated for the length they had. Once it
/// counts as another, the cache starts anew with all tokens of the sequence, so that generation agrees with whole passes.
/// </summary>
internal static class CacheRenewal
{
    /// <summary>The new tokens, and before them the cached ones of every sequence that has to start anew.</summary>
    public static (long[] Ids, TokenLayout Fresh) WithTurnedTokens(
        DecoderShape shape,
        long[] ids,
        TokenLayout fresh,
        IReadOnlyList<KeyValueCache> caches
    )
    {
        var all = new List<long>();
        var lengths = new List<(int, int)>();
        foreach ((TokenLayout.Segment segment, KeyValueCache cache) in fresh.Segments.Zip(caches))
        {
            int before = cache.Length;
            cache.Tokens.AddRange(ids.AsSpan(segment.Start, segment.Length));
            bool turns = before > 0 && shape.LengthClass(before) != shape.LengthClass(before + segment.Length);
            if (turns)
                cache.Clear();
            long[] added = turns ? [.. cache.Tokens] : ids[segment.Start..segment.End];
            all.AddRange(added);
            lengths.Add((added.Length, -1));
        }
        return ([.. all], TokenLayout.Of([.. lengths]));
    }
}
