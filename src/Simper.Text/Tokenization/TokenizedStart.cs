namespace Simper.Text.Tokenization;

/// <summary>
/// How a text begins: its parts up to the last added token, and how many tokens they are (with those that are put in front).
/// </summary>
internal sealed record TokenizedStart(IReadOnlyList<(int Start, int End, AddedToken? Token)> Parts, int Tokens)
{
    public static TokenizedStart None { get; } = new([], 0);
}
