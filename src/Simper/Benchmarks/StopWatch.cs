using System.Text;
using Simper.Text.Tokenization;

namespace Simper.Benchmarks;

/// <summary>Watches answers for stop texts while they are generated.</summary>
/// <param name="tokenizer">Decodes them.</param>
/// <param name="stops">The texts.</param>
/// <param name="count">How many answers.</param>
internal sealed class StopWatch(Tokenizer tokenizer, IReadOnlyList<string> stops, int count)
{
    private readonly IncrementalDecoder[] _decoders =
    [
        .. Enumerable.Range(0, count).Select(_ => new IncrementalDecoder(tokenizer, skipSpecialTokens: false)),
    ];
    private readonly StringBuilder[] _tails = [.. Enumerable.Range(0, count).Select(_ => new StringBuilder())];
    private readonly int _longest = stops.Select(s => s.Length).DefaultIfEmpty(0).Max();

    /// <summary>Whether an answer contains a stop text with its last token.</summary>
    public bool Ends(int place, IReadOnlyList<int> answer)
    {
        StringBuilder tail = _tails[place];
        string fresh = _decoders[place].Append(answer[^1]);
        tail.Append(fresh);
        string text = tail.ToString();
        bool ends = stops.Any(s => text.Contains(s, StringComparison.Ordinal));
        if (tail.Length > _longest)
            tail.Remove(0, tail.Length - _longest);
        return ends;
    }
}
