namespace Simper.Experiments;

/// <summary>How far <see cref="VariationStudy"/> goes through whole answers. Immutable.</summary>
/// <param name="Prompts">For how many prompts.</param>
/// <param name="Tokens">Longest answer that is gone through.</param>
/// <param name="LeastMass">Beginnings that both models find less likely are not followed.</param>
public sealed record SequenceSearch(int Prompts, int Tokens = 16, double LeastMass = 0.001);
