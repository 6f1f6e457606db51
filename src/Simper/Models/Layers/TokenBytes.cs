namespace Simper.Models.Layers;

/// <summary>Memory of a layer for each token.</summary>
/// <param name="Kept">Between forward and backward pass (<see cref="Activations"/>).</param>
/// <param name="Passing">At most, within the backward pass, beside what is kept.</param>
internal readonly record struct TokenBytes(long Kept, long Passing)
{
    /// <summary>Of two layers, one after the other.</summary>
    public static TokenBytes operator +(TokenBytes a, TokenBytes b) => new(a.Kept + b.Kept, Math.Max(a.Passing, b.Passing));
}
