using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>
/// SentencePiece's unigram model: of all segmentations of a piece, the one with the highest sum of scores. Characters without a
/// token cost ten below the lowest score; runs of them are one unknown token, or their bytes. Without an unknown token a text
/// with such a character cannot be encoded.
/// </summary>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;
    private const int NoId = -1;

    private readonly Dictionary<string, int> _vocabulary;
    private readonly double[] _scores;
    private readonly int _unknownId;
    private readonly double _unknownScore;
    private readonly int[]? _byteIds;
    private readonly Dictionary<(int State, char Next), int> _step = [];
    private readonly List<int> _tokenAt = [-1]; // the token that ends in a state of the trie

    public UnigramModel(Dictionary<string, int> vocabulary, double[] scores, int? unknownId, bool byteFallback)
    {
        (_vocabulary, _scores, _unknownId) = (vocabulary, scores, unknownId ?? NoId);
        _unknownScore = scores.DefaultIfEmpty(0).Min() - UnknownPenalty;
        _byteIds = byteFallback ? ByteTokens.Ids(vocabulary) : null;
        foreach ((string token, int id) in vocabulary)
        {
            int state = 0;
            foreach (char c in token)
            {
                if (!_step.TryGetValue((state, c), out int next))
                {
                    _step.Add((state, c), next = _tokenAt.Count);
                    _tokenAt.Add(-1);
                }
                state = next;
            }
            _tokenAt[state] = id;
        }
    }

    public override IReadOnlyList<Symbol> Encode(string piece)
    {
        var best = new (double Score, int Start, int Id)[piece.Length + 1];
        Array.Fill(best, (double.NegativeInfinity, -1, 0), 1, piece.Length);
        for (int start = 0, width; start < piece.Length; start += width)
        {
            width = char.IsHighSurrogate(piece[start]) ? 2 : 1;
            bool single = false;
            int state = 0;
            for (int end = start; end < piece.Length && _step.TryGetValue((state, piece[end]), out state); )
            {
                end++;
                if (_tokenAt[state] is not (>= 0 and var id))
                    continue;
                Offer(start, end, _scores[id], id);
                single |= end - start == width;
            }
            if (!single)
                Offer(start, start + width, _unknownScore, _unknownId);
        }
        if (_unknownId == NoId && Array.Exists(best, b => b.Start >= 0 && b.Id == NoId))
            throw new SimperException(
                "The tokenizer names no unknown token (unk_id), and the text has a character that its vocabulary lacks."
            );
        return Path(piece, best);

        void Offer(int start, int end, double score, int id)
        {
            score += best[start].Score;
            if (best[end].Start < 0 || score > best[end].Score)
                best[end] = (score, start, id);
        }
    }

    private List<Symbol> Path(string piece, (double Score, int Start, int Id)[] best)
    {
        var parts = new List<(int Start, int End, int Id)>();
        for (int end = piece.Length; end > 0; end = best[end].Start)
        {
            (_, int start, int id) = best[end];
            if (id == _unknownId && parts.Count > 0 && parts[^1].Id == _unknownId)
                parts[^1] = parts[^1] with { Start = start };
            else
                parts.Add((start, end, id));
        }
        parts.Reverse();
        var symbols = new List<Symbol>(parts.Count);
        foreach ((int start, int end, int id) in parts)
        {
            int known = id != _unknownId ? id : _vocabulary.GetValueOrDefault(piece[start..end], NoId);
            if (known != NoId || !AddBytes(symbols, piece.AsSpan(start, end - start)))
                symbols.Add(new Symbol(known != NoId ? known : id, end - start));
        }
        return symbols;
    }

    private bool AddBytes(List<Symbol> symbols, ReadOnlySpan<char> run)
    {
        int before = symbols.Count;
        foreach (Rune rune in run.EnumerateRunes())
        {
            if (_byteIds is null || !ByteTokens.Add(symbols, rune, _byteIds))
            {
                symbols.RemoveRange(before, symbols.Count - before);
                return false;
            }
        }
        return true;
    }
}
