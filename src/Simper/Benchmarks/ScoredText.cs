namespace Simper.Benchmarks;

/// <summary>Ids that are read, and ids behind them that are scored. Equal by their ids.</summary>
internal sealed class ScoredText(int[] context, int[] continuation) : IEquatable<ScoredText>
{
    private readonly int _hash = Hash(context, continuation);

    public int[] Context => context;

    public int[] Continuation => continuation;

    public bool Equals(ScoredText? other) =>
        other is not null
        && _hash == other._hash
        && context.AsSpan().SequenceEqual(other.Context)
        && continuation.AsSpan().SequenceEqual(other.Continuation);

    public override bool Equals(object? other) => Equals(other as ScoredText);

    public override int GetHashCode() => _hash;

    private static int Hash(int[] context, int[] continuation)
    {
        var hash = new HashCode();
        foreach (int id in context)
            hash.Add(id);
        hash.Add(-1);
        foreach (int id in continuation)
            hash.Add(id);
        return hash.ToHashCode();
    }

    /// <summary>The sum of the log-probs, and whether every token is the most likely one.</summary>
    public sealed record Result(double LogLikelihood, bool IsGreedy);
}
