namespace Simper.Text.Preferences.Duplicates;

/// <summary>The shingles of a group's prompt and of each of its answers. Immutable.</summary>
public sealed class GroupShingles
{
    private readonly Shingles[] _parts;
    private readonly bool _isBad; // a single answer that is labelled so

    private GroupShingles(Shingles[] parts, bool isBad = false) => (_parts, _isBad) = (parts, isBad);

    /// <summary>The shingles of a group.</summary>
    public static GroupShingles Of(PreferenceGroup group) =>
        new(
            [
                Shingles.Of(group.Prompt.Select(m => m.Content)),
                .. group.Answers.Select(a => Shingles.Of(a.Select(m => m.Content))),
            ],
            isBad: group is { Answers.Count: 1, Weights: [< 0] }
        );

    /// <summary>The shingles of a group's prompt alone.</summary>
    public static GroupShingles OfPrompt(PreferenceGroup group) => new([Shingles.Of(group.Prompt.Select(m => m.Content))]);

    /// <summary>
    /// How similar two groups are: the lowest of the Jaccard similarities of their prompts and of their answers, best with best;
    /// 0 if they have not equally many, or one is labelled good and the other bad. So another answer to the same long prompt is
    /// no near duplicate.
    /// </summary>
    public double Similarity(GroupShingles other)
    {
        if (_parts.Length != other._parts.Length || _isBad != other._isBad)
            return 0;
        double lowest = 1;
        for (int i = 0; i < _parts.Length && lowest > 0; i++)
            lowest = Math.Min(lowest, _parts[i].Jaccard(other._parts[i]));
        return lowest;
    }

    /// <summary>
    /// All shingles in 32 bits, those of different parts apart: the Jaccard similarity of these sets is at least
    /// <see cref="Similarity"/>, since it is a mean of the parts' weighted by their sizes. That of two empty parts is 1, too.
    /// </summary>
    internal uint[] Tagged()
    {
        var tagged = new uint[_parts.Sum(p => Math.Max(1, p.Count))];
        int at = 0;
        for (int i = 0; i < _parts.Length; i++)
        {
            ulong part = DeterministicRandom.Mixed((ulong)i + 1);
            if (_parts[i].Count == 0)
                tagged[at++] = (uint)part;
            foreach (ulong hash in _parts[i].Hashes)
                tagged[at++] = (uint)(DeterministicRandom.Mixed(hash ^ part) >> 32);
        }
        return tagged;
    }
}
