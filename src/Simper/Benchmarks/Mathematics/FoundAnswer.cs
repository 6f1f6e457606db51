namespace Simper.Benchmarks.Mathematics;

/// <summary>An answer found in a text.</summary>
/// <param name="Answer">What it says; null if nothing that can be read was found.</param>
/// <param name="Written">How the first candidate is written; null if there is none.</param>
internal sealed record FoundAnswer(MathAnswer? Answer, string? Written);
