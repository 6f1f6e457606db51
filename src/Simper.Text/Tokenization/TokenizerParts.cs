namespace Simper.Text.Tokenization;

/// <summary>The contents of a tokenizer.json, read and checked.</summary>
internal sealed record TokenizerParts
{
    /// <summary>Every token, of the model and added, with its id.</summary>
    public required IReadOnlyDictionary<string, int> Ids { get; init; }

    public required TokenModel Model { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    public Normalizer? Normalizer { get; init; }

    public PreTokenizer? PreTokenizer { get; init; }

    public PostProcessor PostProcessor { get; init; } = PostProcessor.None;

    public TokenDecoder? Decoder { get; init; }
}
