using System.Collections;

namespace Simper.Text.Preferences;

/// <summary>
/// Groups in another order, drawn from a seed. A view: groups are read lazily. Thread safe if the groups are.
/// </summary>
/// <param name="groups">The groups.</param>
/// <param name="seed">Seed of the order.</param>
public sealed class ReorderedGroups(IReadOnlyList<TokenizedGroup> groups, long seed) : IReadOnlyList<TokenizedGroup>
{
    private readonly int[] _order = DeterministicRandom.For((ulong)seed, "order of single answers").Permutation(groups.Count);

    public int Count => groups.Count;

    internal TokenExtent Extent => TokenExtent.Of(groups);

    public TokenizedGroup this[int index] => groups[_order[index]];

    public IEnumerator<TokenizedGroup> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
