namespace Simper.Text.Tokenization;

/// <summary>A token that is split off before the model sees the text (<c>added_tokens</c>).</summary>
internal sealed record AddedToken(int Id, string Content)
{
    public bool IsSpecial { get; init; }

    /// <summary>Matched in the normalised text instead of the raw one.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>Not inside a word.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Consumes the white space before it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Consumes the white space after it.</summary>
    public bool StripsRight { get; init; }
}
