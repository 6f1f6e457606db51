using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Models.Adapters;

/// <summary>Adapters' folders that are wrong, damaged or of another kind: each is refused by a sentence that says what.</summary>
public sealed class AdapterFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LanguageModel _model = LanguageModel.Load(
        Path.Combine(SharedFiles.Repository, "assets", "demo", "model"),
        Precision.Float32,
        trainable: false
    );

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    private string Saved(AdapterConfig? config = null)
    {
        using LanguageModel adapted = _model.WithNewAdapter(config ?? new AdapterConfig { Rank = 2 });
        adapted.Save(_folder["adapter"]);
        return _folder["adapter"];
    }

    private string Refusal(string folder) => Assert.Throws<SimperException>(() => _model.WithAdapter(folder).Dispose()).Message;

    [Theory]
    [InlineData("peft_type", "\"IA3\"", "of the kind IA3")]
    [InlineData("peft_type", "\"ADALORA\"", "of the kind ADALORA")]
    [InlineData("peft_type", "null", "\"peft_type\" is missing")]
    [InlineData("task_type", "\"SEQ_CLS\"", "task_type is SEQ_CLS")]
    [InlineData("init_lora_weights", "\"pissa\"", "init_lora_weights is pissa")]
    [InlineData("init_lora_weights", "\"olora\"", "init_lora_weights is olora")]
    [InlineData("lora_bias", "true", "\"lora_bias\" is true")]
    [InlineData("alora_invocation_tokens", "[1, 2]", "\"alora_invocation_tokens\"")]
    [InlineData("layer_replication", "[[0, 1]]", "\"layer_replication\"")]
    [InlineData("target_parameters", "[\"mlp.experts\"]", "\"target_parameters\"")]
    [InlineData("use_qalora", "true", "\"use_qalora\"")]
    [InlineData("some_new_method", "{\"a\": 1}", "\"some_new_method\"")]
    [InlineData("bias", "\"some\"", "none, lora_only or all")]
    [InlineData("r", "\"eight\"", "a number")]
    [InlineData("r", "0", "has to be at least 1")]
    [InlineData("use_dora", "1", "true or false")]
    [InlineData("rank_pattern", "[1]", "numbers by names")]
    [InlineData("target_modules", "\"(\"", "no regular expression")]
    [InlineData("target_modules", "[\"nothing_like_it\"]", "names no module of this model")]
    [InlineData("layers_to_transform", "[\"first\"]", "a whole number")]
    public void A_key_that_is_wrong_or_unknown_is_named(string key, string value, string said)
    {
        string folder = Saved();
        string file = Path.Combine(folder, "adapter_config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        config[key] = JsonNode.Parse(value);
        File.WriteAllText(file, config.ToJsonString());
        string message = Refusal(folder);
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.Contains("adapter_config.json", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_of_layers_that_is_no_regular_expression_is_named_and_may_hold_groups_of_its_own()
    {
        var config = new AdapterConfig { Rank = 2, LayersToTransform = [1] };
        SimperException refused = Assert.Throws<SimperException>(() =>
            _model.WithNewAdapter(config with { LayersPattern = ["("] }).Dispose()
        );
        Assert.Contains("no regular expression", refused.Message, StringComparison.Ordinal);

        using LanguageModel adapted = _model.WithNewAdapter(config with { LayersPattern = ["(layers|h)"] });
        Assert.All(adapted.Adapter!.Plan.Targets, t => Assert.Contains(".1.", t.Module.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void Tensors_that_are_missing_left_over_or_misshapen_are_named()
    {
        string folder = Saved();
        string file = Path.Combine(folder, "adapter_model.safetensors");
        var tensors = new List<(string Name, Tensor Tensor)>();
        using (SafetensorsFile stored = SafetensorsFile.Open(file))
            tensors.AddRange(stored.Tensors.Keys.Order(StringComparer.Ordinal).Select(n => (n, stored.Read(n))));
        (string dropped, Tensor first) = tensors[0];
        (string turned, Tensor second) = tensors[1];
        tensors[0] = ("base_model.model.somewhere.lora_A.weight", first);
        tensors[1] = (turned, second.t().contiguous());
        File.Delete(file);
        using (var written = new NewFile(file))
        {
            var writer = new SafetensorsWriter(
                written,
                [.. tensors.Select(t => (t.Name, SafetensorsWriter.EntryOf(ScalarType.Float32, t.Tensor.shape)))]
            );
            foreach ((_, Tensor tensor) in tensors)
            {
                writer.Write(tensor);
                tensor.Dispose();
            }
            second.Dispose();
            writer.Finish();
            written.Complete();
        }
        string message = Refusal(folder);
        Assert.Contains($"{dropped} is missing", message, StringComparison.Ordinal);
        Assert.Contains("base_model.model.somewhere.lora_A.weight", message, StringComparison.Ordinal);
        Assert.Contains($"{turned} is [", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pickled_weights_and_half_a_folder_are_refused()
    {
        string folder = Saved();
        File.Move(Path.Combine(folder, "adapter_model.safetensors"), Path.Combine(folder, "adapter_model.bin"));
        Assert.Contains("pickle", Refusal(folder), StringComparison.Ordinal);
        File.Delete(Path.Combine(folder, "adapter_model.bin"));
        Assert.Contains("the copy is not complete", Refusal(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_is_not_there_is_named_and_another_one_is_refused()
    {
        string folder = Saved();
        string file = Path.Combine(folder, "adapter_config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        config["base_model_name_or_path"] = "nobody/nothing";
        File.WriteAllText(file, config.ToJsonString());
        string missing = Assert.Throws<SimperException>(() => LanguageModel.Load(folder)).Message;
        Assert.Contains("nobody/nothing", missing, StringComparison.Ordinal);
        Assert.Contains("base_model_name_or_path", missing, StringComparison.Ordinal);
        config["base_model_name_or_path"] = null;
        File.WriteAllText(file, config.ToJsonString());
        Assert.Contains("does not say which model", Assert.Throws<SimperException>(() => LanguageModel.Load(folder)).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_merging_replaced_or_scaled_cannot_be_taken_out(bool dora)
    {
        string folder = Saved(
            dora ? new AdapterConfig { Rank = 2, UseDora = true } : new AdapterConfig { Rank = 2, ModulesToSave = ["lm_head"] }
        );
        Assert.Contains(
            "cannot be taken out",
            Assert.Throws<SimperException>(() => _model.WithoutAdapter(folder)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_adapter_is_taken_out_again_up_to_rounding()
    {
        string folder = _folder["adapter"];
        using (LanguageModel adapted = _model.WithNewAdapter(new AdapterConfig { Rank = 2, UseRsLora = true }))
        {
            FamilyAdapterTests.Scatter(adapted, deviation: 0.3);
            adapted.Save(folder);
            adapted.SaveMerged(_folder["merged"]);
        }
        using LanguageModel merged = LanguageModel.Load(_folder["merged"], Precision.Float32, trainable: false);
        using LanguageModel without = merged.WithoutAdapter(folder);
        double moved = 0;
        foreach (((string name, Func<Tensor> before), (_, Func<Tensor> after)) in _model.Published().Zip(without.Published()))
        {
            using var scope = NewDisposeScope();
            Tensor difference = (before() - after()).abs().max();
            Assert.InRange(difference.item<float>(), 0, 1e-5f);
            Tensor there = merged.Published().Single(p => p.Name == name).Tensor();
            moved = Math.Max(moved, (before() - there).abs().max().item<float>());
        }
        Assert.True(moved > 0.01);
    }

    [Fact]
    public void A_changed_config_is_refused_by_a_sentence_or_read()
    {
        string folder = Saved();
        string file = Path.Combine(folder, "adapter_config.json");
        JsonObject good = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        good["rank_pattern"] = new JsonObject { ["q_proj"] = 2 };
        good["layers_to_transform"] = new JsonArray(0, 1);
        MutationRun.Read(
            16,
            "adapter_config.json",
            Counts.Of(400, 20_000),
            seed => new Mutator(seed).Json(good),
            changed =>
            {
                File.WriteAllBytes(file, changed);
                _model.WithAdapter(folder).Dispose();
            }
        );
    }
}
