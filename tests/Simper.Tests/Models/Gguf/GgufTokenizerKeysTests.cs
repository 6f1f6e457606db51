using System.IO.Compression;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Gguf;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Golden;

namespace Simper.Tests.Models.Gguf;

/// <summary>A tokenizer's keys, read again, give the same ids, stop tokens and templates.</summary>
public class GgufTokenizerKeysTests
{
    private static readonly string[] Texts =
    [
        "",
        "the other thing",
        " the a in on",
        "When there, 他们 say: 1234?\n\n  \tÉtude 🦙",
        "<s>the</s><|end|> on",
        "a",
    ];

    public static TheoryData<string> Kinds => ["bytes", "spaces", "spaces prepended"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Ids_are_the_same_and_so_are_texts(string kind)
    {
        JsonObject json = kind == "bytes" ? TinyTokenizer.ByteLevel() : TinyTokenizer.MarkedSpaces(kind == "spaces prepended");
        ModelFiles before = Files(json, new JsonObject { ["model_type"] = "llama", ["eos_token_id"] = 2 });
        ModelFiles after = Through(before);
        foreach (string text in Texts)
        {
            Assert.Equal(before.Tokenizer.EncodeToIds(text), after.Tokenizer.EncodeToIds(text));
            int[] ids = before.Tokenizer.EncodeToIds(text);
            Assert.Equal(before.Tokenizer.Decode(ids), after.Tokenizer.Decode(ids));
        }
        Assert.Equal(before.StopIds, after.StopIds);
        Assert.Equal(("<s>", "</s>"), (after.BosToken, after.EosToken));
        Assert.Equal(TinyTokenizer.Template, after.TemplateSources["default"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void All_stop_tokens_come_back(int count)
    {
        int[] stops = [2, 3, 40, 41, 42];
        ModelFiles before = Files(
            TinyTokenizer.ByteLevel(),
            new JsonObject
            {
                ["model_type"] = "llama",
                ["eos_token_id"] = new JsonArray([.. stops.Take(count).Select(i => (JsonNode)i)]),
            }
        );
        Assert.Equal(stops.Take(count), Through(before).StopIds.Order());
    }

    [Fact]
    public void Several_templates_come_back_by_name()
    {
        ModelFiles files = Files(TinyTokenizer.ByteLevel(), new JsonObject { ["model_type"] = "llama" });
        var several = new ModelFiles(files.Source, files.Config)
        {
            TokenizerJson = files.TokenizerJson,
            TokenizerConfig = files.TokenizerConfig,
            TemplateSources = new Dictionary<string, string> { ["default"] = "a\u00e9\n", ["tool_use"] = "b" },
        };
        Assert.Equal(several.TemplateSources.OrderBy(t => t.Key), Through(several).TemplateSources.OrderBy(t => t.Key));
    }

    [Theory]
    [InlineData("gpt2", "gpt2", "gpt-2", 50257)]
    [InlineData("qwen3", "qwen3", "qwen2", 151936)]
    public void Published_tokenizers_have_their_names_and_ids(string folder, string modelType, string name, int vocabulary)
    {
        using FileStream packed = File.OpenRead(SharedFiles.Path("data", "tokenizers", folder, "tokenizer.json.gz"));
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        JsonObject json = JsonNode.Parse(unpacked)!.AsObject();
        Assert.Equal(name, GgufPreTokenizer.NameOf(json, modelType));
        ModelFiles before = Files(json, new JsonObject { ["model_type"] = modelType });
        ModelFiles after = Through(before, vocabulary);
        JsonArray vectors = GoldenFile.Read("data", "tokenizers", "vectors.json")["vectors"]![folder]!.AsArray();
        Assert.NotEmpty(vectors);
        foreach (JsonNode? vector in vectors)
            Assert.Equal(
                before.Tokenizer.EncodeToIds((string)vector!["text"]!),
                after.Tokenizer.EncodeToIds((string)vector["text"]!)
            );
    }

    public static TheoryData<string> Names => [.. GgufPreTokenizer.AllNames];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_a_name_stands_for_has_a_name(string name)
    {
        var (steps, _, ignoresMerges) = GgufPreTokenizer.Named(name)!.Value;
        var json = new JsonObject
        {
            ["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = steps.DeepClone() },
            ["model"] = new JsonObject { ["ignore_merges"] = ignoresMerges },
        };
        string found = GgufPreTokenizer.NameOf(json, "llama")!;
        var (again, _, _) = GgufPreTokenizer.Named(found)!.Value;
        Assert.Equal(steps.ToJsonString(), again.ToJsonString());
    }

    [Fact]
    public void What_has_no_name_is_refused()
    {
        JsonObject other = TinyTokenizer.ByteLevel();
        other["pre_tokenizer"]!["add_prefix_space"] = true;
        Assert.Contains("pattern", Refusal(other), StringComparison.Ordinal);
        JsonObject unigram = TinyTokenizer.ByteLevel();
        unigram["model"]!["type"] = "Unigram";
        Assert.Contains("Unigram", Refusal(unigram), StringComparison.Ordinal);
        Assert.Contains(
            "has no row",
            Assert.Throws<SimperException>(() => Through(Files(TinyTokenizer.ByteLevel(), Config()), vocabulary: 200)).Message,
            StringComparison.Ordinal
        );

        static JsonObject Config() => new() { ["model_type"] = "llama" };
        static string Refusal(JsonObject json) => Assert.Throws<SimperException>(() => Through(Files(json, Config()))).Message;
    }

    private static ModelFiles Files(JsonObject tokenizer, JsonObject config) =>
        new("test", config)
        {
            TokenizerJson = ReadableJson.IndentedBytes(tokenizer),
            TokenizerConfig = TinyTokenizer.Config(),
            TemplateSources = new Dictionary<string, string> { ["default"] = TinyTokenizer.Template },
        };

    private static ModelFiles Through(ModelFiles files, int vocabulary = TinyModels.Words)
    {
        using var folder = new TemporaryFolder();
        List<KeyValuePair<string, object>> keys = [.. GgufTokenizerKeys.Of(files, vocabulary)];
        using (var writer = new GgufWriter(folder["m.gguf"], keys, []))
            writer.Finish();
        using GgufFile file = GgufFile.Open(folder["m.gguf"]);
        return new ModelFiles("test", new JsonObject())
        {
            TokenizerJson = GgufTokenizer.Json(file.Metadata),
            TokenizerConfig = GgufTokenizer.Config(file.Metadata),
            GenerationConfig = GgufTokenizer.GenerationConfig(file.Metadata),
            TemplateSources = TemplateSources.OfGguf(file.Metadata),
        };
    }
}
