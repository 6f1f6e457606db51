namespace Simper.Text.Tokenization;

/// <summary>A piece is a token or unknown.</summary>
internal sealed class WordLevelModel(Dictionary<string, int> vocabulary, int unknownId) : TokenModel
{
    public override IReadOnlyList<Symbol> Encode(string piece) =>
        [new(vocabulary.GetValueOrDefault(piece, unknownId), piece.Length)];
}

/// <summary>
/// The longest token that starts a piece, then the longest one with the continuation prefix, and so on; the whole piece or
/// unknown.
/// </summary>
internal sealed class WordPieceModel(Dictionary<string, int> vocabulary, int unknownId, string prefix, int longestPiece)
    : TokenModel
{
    private readonly int _longestToken = vocabulary.Keys.Select(k => k.Length).DefaultIfEmpty(0).Max();

    public override IReadOnlyList<Symbol> Encode(string piece)
    {
        Symbol[] unknown = [new(unknownId, piece.Length)];
        if (piece.EnumerateRunes().Count() > longestPiece)
            return unknown;
        var symbols = new List<Symbol>();
        for (int start = 0; start < piece.Length; )
        {
            int end = Math.Min(piece.Length, start + _longestToken);
            int id = 0;
            while (
                end > start
                && !vocabulary.TryGetValue(string.Concat(start > 0 ? prefix : "", piece.AsSpan(start, end - start)), out id)
            )
                end--;
            if (end == start)
                return unknown;
            symbols.Add(new Symbol(id, end - start));
            start = end;
        }
        return symbols;
    }
}
