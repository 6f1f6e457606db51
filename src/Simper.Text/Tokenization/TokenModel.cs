namespace Simper.Text.Tokenization;

/// <summary>The <c>model</c> section: one piece of text to ids. Thread safe.</summary>
internal abstract class TokenModel
{
    /// <summary>A symbol of the result: its id and how many characters of the piece it covers; the later bytes of a character cover none.</summary>
    public readonly record struct Symbol(int Id, int Length);

    public abstract IReadOnlyList<Symbol> Encode(string piece);
}
