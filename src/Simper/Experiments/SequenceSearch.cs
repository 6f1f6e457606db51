namespace Simper.Experiments;

/// <summary>How far <see cref="VariationStudy"/> enumerates whole answers. Immutable.</summary>
/// <param name="Prompts">Number of prompts.</param>
/// <param name="Tokens">Longest answer that is enumerated.</param>
/// <param name="LeastMass">Prefixes that both models give less probability are not expanded.</param>
public sealed record SequenceSearch(int Prompts, int Tokens = 16, double LeastMass = 0.001);
