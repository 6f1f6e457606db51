namespace Simper.Kernels.Cpu;

// Legend: T tokens, H query heads, K key-value heads, G = H / K, E head width.

/// <summary>Where heads are stored, shared by the forward and the backward pass.</summary>
internal readonly unsafe struct AttentionInputs<TCompute>
    where TCompute : unmanaged
{
    /// <summary>Queries, token by token [.., H, E].</summary>
    public required TCompute* Query { get; init; }

    /// <summary>Stride in values from a token's query to the next one's.</summary>
    public required int QueryStride { get; init; }

    /// <summary>Keys [.., K, E].</summary>
    public required TCompute* Key { get; init; }

    /// <summary>Values [.., K, E].</summary>
    public required TCompute* Value { get; init; }

    /// <summary>Stride in values from a token's key (or value) to the next one's.</summary>
    public required int KeyStride { get; init; }

    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int HeadWidth { get; init; }

    /// <summary>Scale of the scores before the softmax.</summary>
    public required double Scale { get; init; }

    /// <summary>Keys that a query attends to, itself the last; 0 for all.</summary>
    public required int Window { get; init; }

    /// <summary>Scores s become cap · tanh(s / cap), after scaling; 0 for none.</summary>
    public required double SoftCap { get; init; }

    public int Groups => Heads / KeyValueHeads;

    /// <summary>The first position that a query attends to, given its own.</summary>
    public int FirstSeen(int position) => Window > 0 ? Math.Max(0, position - Window + 1) : 0;

    /// <summary>A token's query of a head.</summary>
    public TCompute* QueryOf(int token, int head) => Query + (long)token * QueryStride + head * HeadWidth;

    /// <summary>The keys that a query head attends to.</summary>
    public TCompute* KeyOf(int head) => Key + head / Groups * HeadWidth;

    /// <summary>The values that a query head attends to.</summary>
    public TCompute* ValueOf(int head) => Value + head / Groups * HeadWidth;

    /// <summary>Queries, keys and values side by side [T, (H + 2 K) E].</summary>
    public static AttentionInputs<TCompute> Of(TCompute* queryKeyValue, HeadShape shape)
    {
        int row = (shape.Heads + 2 * shape.KeyValueHeads) * shape.HeadWidth;
        return new()
        {
            Query = queryKeyValue,
            QueryStride = row,
            Key = queryKeyValue + shape.Heads * shape.HeadWidth,
            Value = queryKeyValue + (shape.Heads + shape.KeyValueHeads) * shape.HeadWidth,
            KeyStride = row,
            Heads = shape.Heads,
            KeyValueHeads = shape.KeyValueHeads,
            HeadWidth = shape.HeadWidth,
            Scale = shape.Scale,
            Window = shape.Window,
            SoftCap = shape.SoftCap,
        };
    }
}
