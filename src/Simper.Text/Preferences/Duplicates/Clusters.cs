namespace Simper.Text.Preferences.Duplicates;

/// <summary>Disjoint sets of 0 to a count - 1, joined one link after another; each is named by its least member. Reading is
/// thread safe while nothing is joined.</summary>
internal sealed class Clusters
{
    private readonly int[] _above;

    public Clusters(int count)
    {
        _above = new int[count];
        for (int i = 0; i < count; i++)
            _above[i] = i;
    }

    /// <summary>The least member of a set.</summary>
    public int FirstOf(int member)
    {
        while (_above[member] != member)
            member = _above[member];
        return member;
    }

    /// <summary>Makes two sets one.</summary>
    public void Join(int a, int b)
    {
        (int low, int high) = (FirstOf(a), FirstOf(b));
        if (low > high)
            (low, high) = (high, low);
        _above[high] = low;
        // Shorter ways for the next time.
        while (_above[a] != low)
            (_above[a], a) = (low, _above[a]);
        while (_above[b] != low)
            (_above[b], b) = (low, _above[b]);
    }

    /// <summary>The sets of at least two, by their first member, each in order.</summary>
    public IEnumerable<int[]> OfSeveral() => Repeats.GroupsOf([.. Enumerable.Range(0, _above.Length).Select(FirstOf)]);
}
