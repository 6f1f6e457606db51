namespace Simper.Objectives;

/// <summary>Why an objective takes no hyperparameters, for those who bring some along. Immutable.</summary>
/// <param name="Subject">The objective with its reason, behind "has no meaning for".</param>
/// <param name="Note">What else to know, a sentence; {0} stands for "it" or "them".</param>
public sealed record NoHyperparameters(string Subject, string Note);
