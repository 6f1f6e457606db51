using System.Collections;

namespace Simper.Text.Preferences;

/// <summary>
/// Single answers, each with a mismatched one of weight 0, to estimate the KL divergence in KTO. As in TRL, rows are taken in
/// batches and the completions of a batch move one row down: a row gets the completion of the row above, the first one that of
/// the last; a batch of one keeps its own. A view: groups are read lazily. A completion that was truncated to fit its own prompt
/// stays truncated. Thread safe if the groups are.
/// </summary>
public sealed class MismatchedGroups : IReadOnlyList<TokenizedGroup>
{
    private readonly IReadOnlyList<TokenizedGroup> _singles;
    private readonly int _batch;
    private readonly int _maxLength;
    private readonly Lazy<TokenExtent> _extent;

    /// <param name="singles">Groups of one answer.</param>
    /// <param name="batch">Rows per batch, at least one; the last batch has the rest.</param>
    /// <param name="maxLength">Maximum length of prompt and completion together, to which mismatched completions are truncated on
    /// the right.</param>
    public MismatchedGroups(IReadOnlyList<TokenizedGroup> singles, int batch, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 2);
        (_singles, _batch, _maxLength) = (singles, batch, maxLength);
        _extent = new Lazy<TokenExtent>(() => TokenExtent.OfAll(this));
    }

    public int Count => _singles.Count;

    internal TokenExtent Extent => _extent.Value;

    /// <summary>A row's answer, and as the second one the completion of the row above in its batch.</summary>
    /// <exception cref="SimperException">The row, or the one above, does not have exactly one answer, or its prompt leaves no
    /// room.</exception>
    public TokenizedGroup this[int index]
    {
        get
        {
            TokenizedGroup own = Single(index);
            int start = index / _batch * _batch;
            int above = index > start ? index - 1 : Math.Min(start + _batch, Count) - 1;
            return WithMismatched(own, Single(above).Answers[0]);
        }
    }

    public IEnumerator<TokenizedGroup> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private TokenizedGroup Single(int index) =>
        _singles[index] is { Answers.Length: 1 } single
            ? single
            : throw new SimperException(
                $"Row {_singles[index].Row} has {_singles[index].Answers.Length} answers; KTO takes single ones with a label."
            );

    private TokenizedGroup WithMismatched(TokenizedGroup own, TokenizedAnswer other)
    {
        // A prompt may continue in its answer's ids, unscored; the completion is what follows.
        TokenizedAnswer answer = own.Answers[0];
        int rest = FirstScored(answer);
        int from = FirstScored(other);
        int length = Math.Min(other.Ids.Length - from, _maxLength - own.Prompt.Length - rest);
        if (length < 1)
            throw new SimperException(
                $"The prompt of row {own.Row} leaves no room for a mismatched completion within {_maxLength} tokens."
            );
        var mismatched = new TokenizedAnswer
        {
            Ids = [.. answer.Ids[..rest], .. other.Ids.AsSpan(from, length)],
            IsScored = [.. new bool[rest], .. other.IsScored.AsSpan(from, length)],
            WasCut = other.WasCut || from + length < other.Ids.Length,
        };
        return own with { Answers = [answer, mismatched], Weights = [own.WeightOf(0), 0] };
    }

    private static int FirstScored(TokenizedAnswer answer) => Array.IndexOf(answer.IsScored, true);
}
