using System.Globalization;
using Simper.Text.Tokenization;

namespace Simper.Text.Vocabularies;

/// <summary>
/// Llama 3's tokenizer.model, which is not SentencePiece's but tiktoken's: a token in base64 and its rank a line. Its pattern and
/// special tokens stand in no file; the pattern is Llama 3's, and the special tokens are those of the configs.
/// </summary>
internal static class TiktokenVocabulary
{
    public static bool Is(ReadOnlySpan<byte> file)
    {
        int end = file.IndexOf((byte)'\n');
        string line = System.Text.Encoding.Latin1.GetString(file[..Math.Clamp(end, 0, 512)]);
        return line.TrimEnd('\r').Split(' ') is [var token, var rank]
            && RankedBytes.Token(token) is not null
            && int.TryParse(rank, NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }

    public static TokenizerDraft Read(string path, FolderTokens tokens, TokenizerKind kind)
    {
        var vocabulary = new List<string>();
        foreach (string line in VocabularyFile.ReadLines(path))
        {
            if (
                line.Split(' ') is not [var base64, var rank]
                || RankedBytes.Token(base64) is not { } token
                || rank != vocabulary.Count.ToString(CultureInfo.InvariantCulture)
                || vocabulary.Count == TokenizerReader.MostTokens
            )
                throw new SimperException(
                    $"{path}, line {vocabulary.Count + 1}: a token in base64 and its rank, {vocabulary.Count}, have to stand "
                        + "there."
                );
            vocabulary.Add(token);
        }
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int rank = 0; rank < vocabulary.Count; rank++)
        {
            if (!ids.TryAdd(vocabulary[rank], rank))
                throw new SimperException($"{path}, line {rank + 1}: the token stands in an earlier line as well.");
        }
        List<AddedToken> added = tokens.Resolve(ids, []);
        return RankedBytes.Draft(vocabulary, 0, KnownPatterns.Llama3) with
        {
            AddedTokens = added,
            PostProcessor = Frame.Of(tokens, kind, added),
        };
    }
}
