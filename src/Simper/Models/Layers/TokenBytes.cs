namespace Simper.Models.Layers;

/// <summary>Activation memory of a layer per token.</summary>
/// <param name="Kept">Held between forward and backward pass (<see cref="Activations"/>).</param>
/// <param name="Passing">Peak of temporaries within the backward pass, beside what is held.</param>
internal readonly record struct TokenBytes(long Kept, long Passing)
{
    /// <summary>Of two consecutive layers.</summary>
    public static TokenBytes operator +(TokenBytes a, TokenBytes b) => new(a.Kept + b.Kept, Math.Max(a.Passing, b.Passing));
}
