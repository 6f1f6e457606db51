using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Vocabularies;

/// <summary>Models of SentencePiece without any config, against SentencePiece itself.</summary>
public sealed class SentencePieceTests
{
    private static readonly JsonNode Golden = JsonNode.Parse(
        File.ReadAllText(Path.Combine(SharedFiles.Repository, "tests", "golden", "tokenizers", "sentencepiece.json"))
    )!;

    public static TheoryData<string> Models() => [.. Golden["models"]!.AsObject().Select(m => m.Key)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Ids_and_texts_are_those_of_SentencePiece(string model)
    {
        using var folder = new TokenizerFolder();
        folder.AddModel(model);
        Tokenizer tokenizer = folder.Tokenizer();
        JsonNode expected = Golden["models"]![model]!;
        var own = new List<string>();
        for (int i = 0; i < Golden["texts"]!.AsArray().Count; i++)
        {
            string text = (string)Golden["texts"]![i]!;
            // As in transformers, an added token may stand in a text, and every part of a text has its own prefix.
            if (
                text.AsSpan().ContainsAny("<\0")
                || (model.EndsWith("own-pieces", StringComparison.Ordinal) && text.Contains("\n\n"))
            )
                continue;
            // Of rules for a short cluster the reference library takes the first that fits, SentencePiece the longest.
            if (model.Contains("rules", StringComparison.Ordinal) && text.Contains("\u0301\u0301"))
                continue;
            int[] ids = [.. expected["ids"]![i]!.AsArray().Select(n => (int)n!)];
            Assert.Equal((text, string.Join(' ', ids)), (text, string.Join(' ', tokenizer.EncodeToIds(text))));
            Assert.Equal(ids, tokenizer.EncodeToIds(text, addSpecialTokens: true));
            string decoded = tokenizer.Decode(ids);
            if (!ids.Any(tokenizer.IsSpecial) && text is not [' ' or '\u2581', ..]) // it drops all spaces in front
                Assert.Equal((string)expected["decoded"]![i]!, decoded);
            own.Add(decoded);
        }
        Assert.Contains("the answer", own);
    }
}
