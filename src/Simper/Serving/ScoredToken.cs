namespace Simper.Serving;

/// <summary>A token of a prompt with its log-prob.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProb">As <see cref="TokenLogProb.LogProb"/>, given what stands before it.</param>
/// <param name="Top">
/// The most likely tokens at its place, best first, equal ones by ascending id: as many as were asked for. The token itself
/// has the same number there, if it is among them.
/// </param>
public sealed record ScoredToken(int Id, float LogProb, IReadOnlyList<TokenLogProb> Top);
