namespace Simper.Text.Tokenization;

/// <summary>The <c>model</c> section: one piece of text to ids. Thread safe.</summary>
internal abstract class TokenModel
{
    /// <summary>
    /// A symbol of the result: its id and the number of characters that it covers; the later bytes of a character cover none.
    /// </summary>
    public readonly record struct Symbol(int Id, int Length);

    public abstract IReadOnlyList<Symbol> Encode(string piece);

    /// <summary>Adds the ids of a piece, each with the part of the text that it covers.</summary>
    public void EncodePiece(AlignedText piece, TokenBuffer to) => Add(Encode(piece.Text), piece, to);

    protected static void Add(IReadOnlyList<Symbol> symbols, AlignedText piece, TokenBuffer to)
    {
        int at = 0;
        (int, int) part = default;
        foreach (Symbol symbol in symbols)
        {
            if (symbol.Length > 0) // the later bytes of a character have no length: they share its part
                part = piece.Original(at, at + symbol.Length);
            to.Add(symbol.Id, part);
            at += symbol.Length;
        }
    }
}
