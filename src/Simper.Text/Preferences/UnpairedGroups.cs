using System.Collections;

namespace Simper.Text.Preferences;

/// <summary>
/// Pairs as single answers, in the order of TRL's KTO: all chosen ones first (weight +1), then all rejected ones (weight -1), so
/// that every early batch is of one kind. A view: groups are read lazily. TRL unpairs before tokenizing, so in rows where a token
/// spans the end of the prompt its boundary is each answer's own, here the pair's. Thread safe if the pairs are.
/// </summary>
/// <param name="pairs">Groups of two answers.</param>
public sealed class UnpairedGroups(IReadOnlyList<TokenizedGroup> pairs) : IReadOnlyList<TokenizedGroup>
{
    private readonly Lazy<TokenExtent> _extent = new(() =>
        TokenExtent.OfAll(pairs.SelectMany(p => new[] { Single(p, 0), Single(p, 1) }))
    );

    /// <summary>Twice the number of pairs.</summary>
    public int Count => 2 * pairs.Count;

    internal TokenExtent Extent => _extent.Value;

    /// <exception cref="SimperException">The group does not have two answers.</exception>
    public TokenizedGroup this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return index < pairs.Count ? Single(pairs[index], 0) : Single(pairs[index - pairs.Count], 1);
        }
    }

    public IEnumerator<TokenizedGroup> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static TokenizedGroup Single(TokenizedGroup pair, int answer) =>
        pair.Answers.Length == 2
            ? pair with
            {
                Answers = [pair.Answers[answer]],
                Weights = [answer == 0 ? 1 : -1],
            }
            : throw new SimperException(
                $"Row {pair.Row} has {pair.Answers.Length} answers; only pairs are taken apart into single ones."
            );
}
