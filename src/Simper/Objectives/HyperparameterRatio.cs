namespace Simper.Objectives;

/// <summary>A key that gives a hyperparameter as a ratio to another one. Immutable.</summary>
/// <param name="Key">The key in recipes.</param>
/// <param name="To">The key of the hyperparameter that it is relative to.</param>
public sealed record HyperparameterRatio(string Key, string To);
