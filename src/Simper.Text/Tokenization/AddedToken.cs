namespace Simper.Text.Tokenization;

/// <summary>A token that is cut out of the text before the model sees it (<c>added_tokens</c>).</summary>
internal sealed record AddedToken(int Id, string Content)
{
    public bool IsSpecial { get; init; }

    /// <summary>Matched in the normalised text rather than in the raw one.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>Not inside a word.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Takes the white space before it along.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Takes the white space behind it along.</summary>
    public bool StripsRight { get; init; }
}
