namespace Simper.Objectives;

/// <summary>Why an objective takes no hyperparameters, for messages to users who set some. Immutable.</summary>
/// <param name="Subject">The objective with its reason, as it follows "has no meaning for".</param>
/// <param name="Note">What else to know, in a sentence; {0} stands for "it" or "them".</param>
public sealed record NoHyperparameters(string Subject, string Note);
