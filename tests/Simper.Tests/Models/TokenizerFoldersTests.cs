using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Runs;
using Simper.Testing;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Models;

/// <summary>A model's folder whose tokenizer is not a tokenizer.json is a model like any other.</summary>
public sealed class TokenizerFoldersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Stories(bool withJson)
    {
        string source = SharedFiles.Path("data", "stories260K-hf");
        string target = _folder[withJson ? "with" : "without"];
        Directory.CreateDirectory(target);
        foreach (string file in Directory.GetFiles(source))
        {
            if (withJson || Path.GetFileName(file) != "tokenizer.json")
                File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }
        return target;
    }

    [Fact]
    public void A_model_with_tokenizer_model_alone_has_the_ids_of_its_tokenizer_json()
    {
        string folder = Stories(withJson: false);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        ModelFiles expected = ModelFiles.Read(Stories(withJson: true));
        ModelFiles[] read = [ModelFiles.Of(checkpoint), ModelFiles.Read(folder), ModelFiles.ForTokenizer(folder)];
        foreach (ModelFiles files in read)
        {
            foreach (string text in (string[])["Once upon a time", " two  spaces", "\u00e9\n\t\u65e5\ud83d\ude00"])
            {
                Assert.Equal(expected.Tokenizer.EncodeToIds(text, true), files.Tokenizer.EncodeToIds(text, true));
                Assert.Equal(text, files.Tokenizer.Decode(files.Tokenizer.EncodeToIds(text)));
            }
            Assert.Equal(expected.Tokenizer.EncodeToIds("a<s> b</s>"), files.Tokenizer.EncodeToIds("a<s> b</s>"));
            Assert.Equal(expected.StopIds, files.StopIds);
            Assert.Equal(("<s>", "</s>"), (files.BosToken, files.EosToken));
        }
        Assert.Equal(folder, RunFolder.TextModelOf(folder));
    }

    [Fact]
    public void It_is_saved_with_the_files_that_it_came_with()
    {
        string folder = Stories(withJson: false);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        IReadOnlyDictionary<string, byte[]> others = ModelFiles.Of(checkpoint).ForSaving().Others;
        Assert.Equal(
            ["special_tokens_map.json", "tokenizer.model", "tokenizer_config.json"],
            others.Keys.Order(StringComparer.Ordinal)
        );
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "tokenizer.model")), others["tokenizer.model"]);
    }

    [Theory]
    [InlineData("spiece.model")]
    [InlineData("sentencepiece.bpe.model")]
    [InlineData("tekken.json")]
    [InlineData("vocab.txt")]
    public void Every_file_of_a_tokenizer_is_taken_along(string name)
    {
        Directory.CreateDirectory(_folder["m"]);
        _folder.Write($"m/{name}", "x");
        Assert.Equal([name], HuggingFaceFolder.TokenizerFiles(_folder["m"]).Keys);
    }

    [Fact]
    public void Special_tokens_come_from_their_map_where_the_config_names_none()
    {
        string folder = Stories(withJson: true);
        var config = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer_config.json")))!;
        foreach (string key in (string[])["eos_token", "bos_token", "added_tokens_decoder", "tokenizer_class"])
            config.Remove(key);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "special_tokens_map.json"), """{"eos_token":{"content":"<unk>"}}""");
        ModelFiles files = ModelFiles.Read(folder);
        Assert.Equal("<unk>", files.EosToken);
        Assert.Equal("<s>", files.BosToken); // Llama's tokenizers call it so
        Assert.Contains(0, files.StopIds);
    }

    [Fact]
    public void A_damaged_vocabulary_is_named_when_texts_are_needed()
    {
        string folder = Stories(withJson: false);
        File.WriteAllText(Path.Combine(folder, "tokenizer.model"), "no model");
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        ModelFiles files = ModelFiles.Of(checkpoint);
        string message = Assert.Throws<SimperException>(() => files.Tokenizer).Message;
        Assert.StartsWith($"{Path.Combine(folder, "tokenizer.model")} is no SentencePiece model", message);
    }
}
