using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Vocabularies;

/// <summary>
/// Folders without a tokenizer.json, against the reference library's answers for what transformers' converters make of them.
/// </summary>
public class FolderVectorTests
{
    private static readonly JsonNode Golden = JsonNode.Parse(
        File.ReadAllText(Path.Combine(SharedFiles.Repository, "tests", "golden", "tokenizers", "folders.json"))
    )!;

    public static TheoryData<string> Names() => [.. Golden["folders"]!.AsArray().Select(f => (string)f!["name"]!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Ids_and_texts_are_the_reference_s(string name)
    {
        JsonNode one = Golden["folders"]!.AsArray().Single(f => (string)f!["name"]! == name)!;
        using TokenizerFolder folder = Folder(one);
        Tokenizer tokenizer = folder.Tokenizer((string?)one["model_type"]);
        for (int i = 0; i < Golden["texts"]!.AsArray().Count; i++)
        {
            string text = (string)Golden["texts"]![i]!;
            int[] ids = [.. one["ids"]![i]!.AsArray().Select(n => (int)n!)];
            Encoding encoding = tokenizer.Encode(text, addSpecialTokens: true);
            Assert.Equal((text, string.Join(' ', ids)), (text, string.Join(' ', encoding.Ids)));
            Assert.Equal((string)one["decoded"]![i]!, tokenizer.Decode(ids));
            var decoder = new IncrementalDecoder(tokenizer, skipSpecialTokens: false);
            Assert.Equal(tokenizer.Decode(ids), string.Concat(ids.Select(decoder.Append)) + decoder.Flush());
            Assert.All(encoding.Offsets, o => Assert.True(o.Start >= 0 && o.Start <= o.End && o.End <= text.Length));
        }
    }

    private static TokenizerFolder Folder(JsonNode one)
    {
        var folder = new TokenizerFolder();
        foreach ((string name, JsonNode? content) in one["files"]!.AsObject())
            folder.Add(
                name,
                content is JsonObject ? content.ToJsonString() : (string)(Golden["files"]![(string)content!] ?? content)!
            );
        foreach ((string name, JsonNode? model) in one["models"]!.AsObject())
            folder.AddModel((string)model!, name);
        return folder;
    }
}
