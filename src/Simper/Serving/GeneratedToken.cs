using Simper.Generation;

namespace Simper.Serving;

/// <summary>A token that was written.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProb">As <see cref="TokenLogProb.LogProb"/>; NaN where no log-probs were asked for.</param>
/// <param name="Top">The most likely tokens at its place, best first; empty where none were asked for.</param>
/// <param name="Finish">Why the sample ends here; null where it goes on.</param>
public readonly record struct GeneratedToken(int Id, float LogProb, IReadOnlyList<TokenLogProb> Top, FinishReason? Finish);
