using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Tokenization;

/// <summary>
/// Small tokenizers, each with one step, option or pattern of its own, against the reference library's answers.
/// </summary>
public class StepsTests
{
    private static readonly JsonNode Golden = JsonNode.Parse(
        File.ReadAllText(Path.Combine(SharedFiles.Repository, "tests", "golden", "tokenizers", "steps.json"))
    )!;

    public static TheoryData<string> Names() => [.. Golden["cases"]!.AsArray().Select(c => (string)c!["name"]!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Ids_and_texts_are_the_reference_s(string name)
    {
        JsonNode one = Golden["cases"]!.AsArray().Single(c => (string)c!["name"]! == name)!;
        Tokenizer tokenizer = Build(one);
        for (int i = 0; i < one["texts"]!.AsArray().Count; i++)
        {
            string text = (string)one["texts"]![i]!;
            int[] ids = [.. one["ids"]![i]!.AsArray().Select(n => (int)n!)];
            Encoding encoding = tokenizer.Encode(text, addSpecialTokens: true);
            Assert.Equal(ids, encoding.Ids);
            Assert.Equal((string)one["decoded"]![i]!, tokenizer.Decode(ids));
            Assert.All(
                encoding.Offsets,
                o => Assert.True(o.Start >= 0 && o.Start <= o.End && o.End <= text.Length, $"{o} of {text.Length}")
            );
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Text_that_comes_token_by_token_is_the_text_of_all(string name)
    {
        JsonNode one = Golden["cases"]!.AsArray().Single(c => (string)c!["name"]! == name)!;
        Tokenizer tokenizer = Build(one);
        foreach (JsonNode? ids in one["ids"]!.AsArray())
        {
            int[] sequence = [.. ids!.AsArray().Select(n => (int)n!)];
            var decoder = new IncrementalDecoder(tokenizer, skipSpecialTokens: false);
            Assert.Equal(tokenizer.Decode(sequence), string.Concat(sequence.Select(decoder.Append)) + decoder.Flush());
        }
    }

    private static Tokenizer Build(JsonNode one)
    {
        var file = (JsonObject)one.DeepClone();
        file["model"] = Golden["models"]![(string)one["model"]!]!.DeepClone();
        foreach (string key in (string[])["name", "texts", "ids", "decoded"])
            file.Remove(key);
        return Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(file.ToJsonString()), (string)one["name"]!);
    }
}
