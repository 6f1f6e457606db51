namespace Simper.Runs.Guards;

/// <summary>Steps of a run that were not applied.</summary>
/// <param name="NotFinite">Those whose loss or gradient was not finite.</param>
/// <param name="Spikes">Those whose loss or gradient norm leapt.</param>
public sealed record SkippedSteps(int NotFinite, int Spikes);
