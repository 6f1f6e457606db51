namespace Simper.Text.Tokenization;

/// <summary>
/// The start of a text: its parts up to the last added token, and their number of tokens (prepended ones included).
/// </summary>
internal sealed record TokenizedStart(IReadOnlyList<(int Start, int End, AddedToken? Token)> Parts, int Tokens)
{
    public static TokenizedStart None { get; } = new([], 0);
}
