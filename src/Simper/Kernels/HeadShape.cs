namespace Simper.Kernels;

/// <summary>
/// Attention's sizes: query heads, key-value heads (a divisor of them), numbers of a head, and the factor of the scores.
/// </summary>
internal readonly record struct HeadShape(int Heads, int KeyValueHeads, int HeadWidth, double Scale)
{
    /// <summary>Numbers of all query heads.</summary>
    public int QueryWidth => Heads * HeadWidth;
}
