namespace Simper.Training;

/// <summary>Why a step was not applied.</summary>
/// <param name="IsFinite">Whether its loss and gradient are numbers: a spike, if so.</param>
/// <param name="Reason">In words, without a full stop: "the loss is not finite (row 3)".</param>
public sealed record SkippedStep(bool IsFinite, string Reason);
