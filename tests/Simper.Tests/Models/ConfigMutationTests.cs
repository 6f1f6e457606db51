using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Families;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Models.Gguf;

namespace Simper.Tests.Models;

/// <summary>The JSON files of a model's folder with a few places changed: a sentence, or a model's shape and settings.</summary>
public sealed class ConfigMutationTests : IDisposable
{
    private static readonly string Demo = Path.Combine(SharedFiles.Repository, "assets", "demo", "model");

    private static readonly JsonObject[] Configs = [.. TinyModels.Names.Select(TinyModels.Config)];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_changed_config_is_refused_by_a_sentence_or_is_a_shape() =>
        MutationRun.Read(
            16,
            "config.json (all families)",
            Counts.Of(1_500, 20_000),
            seed => new Mutator(seed).Json(Configs[seed % Configs.Length]),
            file =>
            {
                ModelFiles files = ModelFiles.Read(Written("config.json", file));
                Family family = Family.Of(files.Config, files.Source);
                DecoderShape shape = family.Shape(new ConfigReader(files.Config, files.Source));
                Assert.NotEmpty(family.Names.Slots(shape));
                _ = files.StopIds;
            }
        );

    [Theory]
    [InlineData("generation_config.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("special_tokens_map.json")]
    public void A_changed_file_beside_it_is_refused_by_a_sentence_or_read(string name)
    {
        foreach (string file in (string[])["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"])
            File.Copy(Path.Combine(Demo, file), _folder[file]);
        JsonObject good = File.Exists(_folder[name])
            ? JsonNode.Parse(File.ReadAllText(_folder[name]))!.AsObject()
            : JsonNode
                .Parse("""{"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>", "pad_token": null}""")!
                .AsObject();
        good["eos_token_id"] ??= new JsonArray(2, 3);
        good["chat_template"] ??= new JsonArray(
            new JsonObject { ["name"] = "default", ["template"] = "{{ messages[0].content }}" }
        );
        good["added_tokens_decoder"] ??= new JsonObject
        {
            ["2"] = new JsonObject { ["content"] = "</s>", ["special"] = true },
        };
        MutationRun.Read(
            16,
            name,
            Counts.Of(300, 20_000),
            seed => new Mutator(seed).Json(good),
            file =>
            {
                ModelFiles files = ModelFiles.Read(Written(name, file));
                _ = (files.StopIds, files.BosToken, files.EosToken, files.Templates);
                _ = files.GroupTokenizer().Prompt([new Simper.Text.Templates.ChatMessage("user", "hi")]);
            }
        );
    }

    [Fact]
    public void A_changed_index_is_refused_by_a_sentence_or_is_that_of_its_files()
    {
        _folder.Write("config.json", "{\"model_type\":\"llama\"}");
        _folder.Write("model-1.safetensors", SafetensorsBytes.Of("{" + SafetensorsBytes.Tensor("a") + "}", 8));
        _folder.Write("model-2.safetensors", SafetensorsBytes.Of("{" + SafetensorsBytes.Tensor("b") + "}", 8));
        JsonNode good = JsonNode.Parse(
            """
            {"metadata": {"total_size": 16, "made": "x"}, "weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
            """
        )!;
        MutationRun.Read(
            16,
            "model.safetensors.index.json",
            Counts.Of(500, 20_000),
            seed => new Mutator(seed).Json(good),
            file =>
            {
                using Checkpoint checkpoint = Checkpoint.Open(Written("model.safetensors.index.json", file));
                Assert.All(checkpoint.Tensors.Keys, name => Assert.True(name is "a" or "b", name));
            }
        );
    }

    private string Written(string name, byte[] file)
    {
        File.WriteAllBytes(_folder[name], file);
        return _folder.Path;
    }
}
