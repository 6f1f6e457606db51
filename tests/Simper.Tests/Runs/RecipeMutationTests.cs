using System.Text.Json.Nodes;
using Simper.Runs;
using Simper.Testing;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs;

/// <summary>Recipes with a few places changed: a sentence, or a recipe.</summary>
public sealed class RecipeMutationTests : IDisposable
{
    private const string Keys = """
        {"model_name_or_path": "m", "dataset_name": "d.jsonl", "eval_dataset_name": null, "loss_type": ["sigmoid", "sft"],
         "loss_weights": [1, 0.5], "beta": 0.1, "learning_rate": 1e-6, "lr_scheduler_type": "cosine_with_min_lr",
         "lr_scheduler_kwargs": {"min_lr_rate": 0.3}, "warmup_ratio": 0.1, "num_train_epochs": 2, "max_length": 512,
         "chat_template_kwargs": {"enable_thinking": false, "list": [1, "a", {"b": null}]}, "per_device_train_batch_size": 4,
         "gradient_accumulation_steps": 2, "bf16": true, "max_memory": "4GB", "save_steps": 0.25, "output_dir": "o", "seed": 7,
         "use_peft": false, "sync_ref_model": true, "ref_model_mixup_alpha": 0.5}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_changed_recipe_of_json_is_refused_by_a_sentence_or_is_a_recipe()
    {
        JsonNode good = JsonNode.Parse(Keys)!;
        MutationRun.Read(16, "a recipe (JSON)", Counts.Of(800, 20_000), seed => new Mutator(seed).Json(good), Read);
    }

    [Fact]
    public void A_changed_recipe_of_yaml_is_refused_by_a_sentence_or_is_a_recipe()
    {
        byte[][] good =
        [
            .. Directory.GetFiles(Path.Combine(SharedFiles.Repository, "recipes"), "*.yaml").Select(File.ReadAllBytes),
        ];
        MutationRun.Read(
            16,
            "a recipe (YAML)",
            Counts.Of(800, 20_000),
            seed => new Mutator(seed).Text(good[seed % good.Length]),
            Read
        );
    }

    private void Read(byte[] file)
    {
        File.WriteAllBytes(_folder["r.yaml"], file);
        Recipe recipe = Recipe.Read(_folder["r.yaml"], []);
        Assert.NotEmpty(recipe.ToYaml());
    }
}
