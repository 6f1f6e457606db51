namespace Simper.Serving;

/// <summary>A token and its log-prob.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProb">
/// Natural logarithm of its probability over the whole vocabulary: of the model's own logits in float32, before temperature,
/// penalties, biases and masks.
/// </param>
public readonly record struct TokenLogProb(int Id, float LogProb);
