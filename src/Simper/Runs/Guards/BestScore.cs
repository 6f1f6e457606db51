namespace Simper.Runs.Guards;

/// <summary>The best checkpoint of a run so far.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Metric">The held-out figure that decided, as logged: <c>eval_loss</c>.</param>
/// <param name="Value">Its value there.</param>
public sealed record BestScore(int Step, string Metric, double Value);
