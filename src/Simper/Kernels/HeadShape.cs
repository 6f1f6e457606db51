namespace Simper.Kernels;

/// <summary>
/// Attention's sizes: query heads, key-value heads (a divisor of them), numbers of a head, and the factor of the scores.
/// </summary>
internal readonly record struct HeadShape(int Heads, int KeyValueHeads, int HeadWidth, double Scale)
{
    /// <summary>A token sees itself and so many less one before it; 0 for all.</summary>
    public int Window { get; init; }

    /// <summary>Scores s become cap · tanh(s / cap) before the softmax, after the factor; 0 for none.</summary>
    public double SoftCap { get; init; }

    /// <summary>Numbers of all query heads.</summary>
    public int QueryWidth => Heads * HeadWidth;
}
