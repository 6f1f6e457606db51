using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Models.Families;
using Simper.Tests.Checkpoints;
using Simper.Tests.Models.Gguf;

namespace Simper.Tests.Models;

/// <summary>Wrong values in the JSON files of a model's folder: refused with the file or folder, and the key.</summary>
public class BadConfigTests
{
    private static readonly (string Key, string[] Values)[] Wrong =
    [
        ("model_type", ["null", "7", "\"gpt9\"", "[\"llama\"]", "\"\""]),
        ("hidden_size", ["0", "-64", "64.5", "\"64\"", "null", "1e99", "[64]", "true"]),
        ("num_hidden_layers", ["0", "-1", "0.5", "\"4\"", "2147483647", "1e9"]),
        ("num_attention_heads", ["0", "-4", "{}", "99999999999"]),
        ("num_key_value_heads", ["0", "3", "\"2\"", "-2"]),
        ("head_dim", ["0", "1", "23", "-24", "\"24\""]),
        ("intermediate_size", ["0", "null", "[]", "2.5"]),
        ("vocab_size", ["0", "-320", "\"320\"", "null"]),
        ("max_position_embeddings", ["0", "-1", "\"128\""]),
        ("rms_norm_eps", ["\"small\"", "[]", "true"]),
        ("tie_word_embeddings", ["\"yes\"", "1", "[]"]),
        ("attention_bias", ["\"no\"", "0"]),
        ("mlp_bias", ["3"]),
        ("hidden_act", ["7", "\"tanhshrink\"", "[]"]),
        ("initializer_range", ["\"x\"", "{}"]),
        ("eos_token_id", ["1.5", "[1.5]", "[\"</s>\"]", "[[2]]", "99999999999"]),
        ("rope_theta", ["\"10000\"", "[]"]),
    ];

    public static TheoryData<string, string> Values() =>
        [.. from wrong in Wrong from value in wrong.Values select new TheoryDataRow<string, string>(wrong.Key, value)];

    private static void Read(string folder)
    {
        ModelFiles files = ModelFiles.Read(folder);
        Family family = Family.Of(files.Config, files.Source);
        Assert.NotEmpty(family.Names.Slots(family.Shape(new ConfigReader(files.Config, files.Source))));
        _ = files.StopIds;
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void A_wrong_value_is_refused_with_folder_and_key(string key, string value)
    {
        using var folder = new TemporaryFolder();
        JsonObject config = TinyModels.Config("llama");
        folder.Write("config.json", config.ToJsonString());
        Read(folder.Path);
        config[key] = JsonNode.Parse(value);
        folder.Write("config.json", config.ToJsonString());
        string message = Assert.Throws<SimperException>(() => Read(folder.Path)).Message;
        Assert.StartsWith(folder.Path, message, StringComparison.Ordinal);
        Assert.Contains(key, message, StringComparison.Ordinal);
        Assert.EndsWith(".", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json", "")]
    [InlineData("config.json", "{")]
    [InlineData("config.json", "[]")]
    [InlineData("config.json", "null")]
    [InlineData("config.json", "{\"model_type\":\"llama\",\"model_type\":\"gpt2\"}")]
    [InlineData("config.json", "{\"a\":\"\\ud800\"}")]
    [InlineData("config.json", "version https://git-lfs.github.com/spec/v1\n")]
    [InlineData("generation_config.json", "[]")]
    [InlineData("generation_config.json", "{\"eos_token_id\": ")]
    [InlineData("tokenizer_config.json", "7")]
    [InlineData("tokenizer_config.json", "{\"chat_template\": 7}")]
    [InlineData("tokenizer_config.json", "{\"chat_template\": [7]}")]
    [InlineData("tokenizer_config.json", "{\"chat_template\": [{\"name\": \"default\"}]}")]
    [InlineData("tokenizer_config.json", "{\"chat_template\": {\"default\": 7}}")]
    public void A_file_that_is_none_is_refused_by_its_name(string name, string content)
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", TinyModels.Config("llama").ToJsonString());
        folder.Write(name, content);
        Assert.StartsWith(
            folder[name],
            Assert.Throws<SimperException>(() => Read(folder.Path)).Message,
            StringComparison.Ordinal
        );
    }
}
