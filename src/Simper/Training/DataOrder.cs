using Simper.Text.Preferences;

namespace Simper.Training;

/// <summary>
/// Which groups each optimizer step sees: a pure function of seed and step, so that a run can resume anywhere and a step's groups
/// can be listed in advance. Each epoch is a permutation of its own, or the data's own order. Not thread safe: the permutation of
/// the last requested epoch is cached.
/// </summary>
public sealed class DataOrder
{
    private readonly IReadOnlyList<TokenizedGroup> _data;
    private readonly int _groupsPerStep;
    private readonly long _seed;
    private readonly bool _shuffle;
    private readonly Func<IReadOnlyList<TokenizedGroup>, IReadOnlyList<TokenizedGroup>>? _become;
    private (int Epoch, int[] Rows)? _permutation;

    /// <param name="data">At least one group.</param>
    /// <param name="groupsPerStep">Groups per step; the last step of an epoch may have fewer.</param>
    /// <param name="seed">Seed of the permutations.</param>
    /// <param name="shuffle">Whether each epoch is shuffled.</param>
    public DataOrder(IReadOnlyList<TokenizedGroup> data, int groupsPerStep, long seed, bool shuffle = true)
        : this(data, groupsPerStep, seed, shuffle, become: null) { }

    private DataOrder(
        IReadOnlyList<TokenizedGroup> data,
        int groupsPerStep,
        long seed,
        bool shuffle,
        Func<IReadOnlyList<TokenizedGroup>, IReadOnlyList<TokenizedGroup>>? become
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(data.Count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(groupsPerStep, 1);
        (_data, _groupsPerStep, _seed, _shuffle, _become) = (data, groupsPerStep, seed, shuffle, become);
    }

    /// <summary>Optimizer steps per epoch.</summary>
    public int StepsPerEpoch => (_data.Count + _groupsPerStep - 1) / _groupsPerStep;

    /// <summary>Optimizer steps of a run.</summary>
    /// <param name="epochs">Passes over the data; may be a fraction.</param>
    /// <param name="maxSteps">The number of steps instead, if above 0.</param>
    public int Steps(double epochs, int maxSteps) => maxSteps > 0 ? maxSteps : (int)Math.Ceiling(epochs * StepsPerEpoch);

    /// <summary>Epochs seen after a number of steps.</summary>
    public double EpochsBehind(int steps) => (double)steps / StepsPerEpoch;

    /// <summary>The groups of a step, counted from 0.</summary>
    public IReadOnlyList<TokenizedGroup> GroupsOf(int step)
    {
        (int epoch, int within) = (step / StepsPerEpoch, step % StepsPerEpoch);
        int start = within * _groupsPerStep;
        int count = Math.Min(_groupsPerStep, _data.Count - start);
        TokenizedGroup[] groups = _shuffle
            ? [.. Permutation(epoch).AsSpan(start, count).ToArray().Select(i => _data[i])]
            : [.. Enumerable.Range(start, count).Select(i => _data[i])];
        return _become is null ? groups : _become(groups);
    }

    /// <summary>The groups of the first steps, one step after the other.</summary>
    public IEnumerable<TokenizedGroup> GroupsOfFirst(int steps) => Enumerable.Range(0, steps).SelectMany(GroupsOf);

    /// <summary>The same order with the groups of each step mapped to others, such as pairs split into answers.</summary>
    public DataOrder Select(Func<IReadOnlyList<TokenizedGroup>, IReadOnlyList<TokenizedGroup>> become) =>
        new(_data, _groupsPerStep, _seed, _shuffle, _become is { } before ? groups => become(before(groups)) : become);

    private int[] Permutation(int epoch)
    {
        if (_permutation is not { } kept || kept.Epoch != epoch)
            _permutation = kept = (
                epoch,
                DeterministicRandom.For((ulong)_seed, "data order", (ulong)epoch).Permutation(_data.Count)
            );
        return kept.Rows;
    }
}
