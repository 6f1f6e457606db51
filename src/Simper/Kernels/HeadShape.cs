namespace Simper.Kernels;

/// <summary>
/// Attention's sizes: query heads, key-value heads (a divisor of them), width of a head, and the scale of the scores.
/// </summary>
internal readonly record struct HeadShape(int Heads, int KeyValueHeads, int HeadWidth, double Scale)
{
    /// <summary>Sliding window: a token attends to itself and the window - 1 tokens before it; 0 for all.</summary>
    public int Window { get; init; }

    /// <summary>Scores s become cap · tanh(s / cap) before the softmax, after scaling; 0 for none.</summary>
    public double SoftCap { get; init; }

    /// <summary>The first values of a head, which are rotated; all when not given, 0 for none.</summary>
    public int RotaryWidth
    {
        get => _rotaryWidth ?? HeadWidth;
        init => _rotaryWidth = value;
    }

    private readonly int? _rotaryWidth;

    /// <summary>Total width of all query heads.</summary>
    public int QueryWidth => Heads * HeadWidth;
}
