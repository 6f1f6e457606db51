namespace Simper.Text.Tokenization;

/// <summary>What a tokenizer.json says, read and checked.</summary>
internal sealed record TokenizerParts
{
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }

    public required BpeModel Model { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    public Normalizer? Normalizer { get; init; }

    public PreTokenizer? PreTokenizer { get; init; }

    public PostProcessor PostProcessor { get; init; } = PostProcessor.None;

    public TokenDecoder? Decoder { get; init; }
}
