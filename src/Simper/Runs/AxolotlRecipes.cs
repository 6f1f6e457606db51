using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Runs;

/// <summary>axolotl's recipes: <c>base_model</c>, <c>rl</c>, <c>sequence_len</c>.</summary>
internal static class AxolotlRecipes
{
    private const string Name = "axolotl";

    public static ForeignTool Tool { get; } =
        new(
            Name,
            [
                "base_model",
                "rl",
                "rl_beta",
                "sequence_len",
                "val_set_size",
                "adapter",
                "orpo_alpha",
                "dpo_beta",
                "dpo_loss_type",
                "kto_desirable_weight",
                "kto_undesirable_weight",
                "excess_length_strategy",
            ],
            [
                ("base_model", "model_name_or_path"),
                ("sequence_len", "max_length"),
                ("eval_batch_size", "per_device_eval_batch_size"),
                ("val_set_size", "test_split_size"),
                ("dpo_label_smoothing", "label_smoothing"),
                ("dpo_use_weighting", "use_weighting"),
                ("dpo_loss_weights", "loss_weights"),
                ("rl_beta", "beta"),
                ("dpo_beta", "beta"),
                ("kto_desirable_weight", "desirable_weight"),
                ("kto_undesirable_weight", "undesirable_weight"),
                ("orpo_alpha", "beta"),
                ("peft_use_dora", "use_dora"),
                ("peft_use_rslora", "use_rslora"),
                ("peft_init_lora_weights", "init_lora_weights"),
                ("peft_layers_to_transform", "lora_layers_to_transform"),
                ("peft_layers_pattern", "lora_layers_pattern"),
                ("peft_ensure_weight_tying", "ensure_weight_tying"),
            ],
            Rewrite
        )
        {
            Keys = AxolotlKeys.Table,
        };

    private static void Rewrite(ForeignRecipe recipe)
    {
        RecipeEntry? type = recipe.Take("rl");
        RecipeEntry? variant = recipe.Take("dpo_loss_type");
        RecipeEntry? model = recipe.Find("base_model");
        AxolotlAdapters.Read(recipe, type, Name);
        if (type is not null)
            Loss(recipe, type, variant);
        else if (variant is not null)
            recipe.Read(variant, "loss_type", variant.Value, variant.Shape);
        else if (model is not null && !recipe.Has("loss_type"))
            recipe.Stop(
                $"{model.Subject}: axolotl trains on texts, not on preferences, where rl is not given; give rl: dpo, "
                    + "kto, orpo or simpo, or a loss_type."
            );
        if (recipe.Find("trl") is { } trl && ForeignRecipe.Part(trl, "beta") is { } beta)
        {
            recipe.Take("trl");
            recipe.Read(trl, "beta", beta.ToString());
        }
        recipe.Truncation("excess_length_strategy", [("drop", "drop"), ("truncate", "keep_start"), ("raise", "raise")], type);
        if (recipe.Find("chat_template") is { } template && !template.Value.Contains('{', StringComparison.Ordinal))
            recipe.Idle(recipe.Take("chat_template"), "the model's own chat template is used; chat_template_path gives another");
        if (recipe.Find("cosine_min_lr_ratio") is { } ratio && recipe.Find("lr_scheduler") is { Value: "cosine" } shape)
        {
            recipe.Take("cosine_min_lr_ratio");
            recipe.Take("lr_scheduler");
            recipe.Read(shape, "lr_scheduler_type", "cosine_with_min_lr");
            recipe.Read(ratio, "lr_scheduler_kwargs", $"{{\"min_lr_rate\": {ratio.Value}}}", RecipeEntryShape.Map);
        }
        if (recipe.Take("test_datasets") is { } heldOut)
            recipe.Read(heldOut, "eval_dataset_mixer", heldOut.Value, heldOut.Shape);
        if (recipe.TakeFlag("dataset_exact_deduplication") is var (doubles, areLeftOut))
            recipe.Read(doubles, "dedup", areLeftOut ? "exact" : "none");
        SpecialTokens(recipe);
    }

    private static void Loss(ForeignRecipe recipe, RecipeEntry type, RecipeEntry? variant)
    {
        if (type.Value is not ("dpo" or "ipo" or "kto" or "orpo" or "simpo"))
        {
            recipe.Stop($"{type.Subject} is \"{type.Value}\"; of axolotl's there are dpo, ipo, kto, orpo and simpo here.");
            return;
        }
        if (type.Value == "dpo" && variant is not null)
            recipe.Read(variant, "loss_type", variant.Value, variant.Shape);
        else
            recipe.Read(type, "loss_type", type.Value);
        if (type.Value == "simpo" && !recipe.LossIsOverridden)
        {
            if (!recipe.Has("rl_beta"))
                recipe.Imply(type, "beta", "0.1");
            recipe.Imply(type, "cpo_alpha", "1");
        }
        if (type.Value != "simpo" && !recipe.LossIsOverridden)
        {
            foreach (string name in (string[])["simpo_gamma", "cpo_alpha"])
                recipe.Idle(recipe.Take(name), $"rl is {type.Value}");
        }
        if (type.Value != "orpo" || recipe.Has("rl_beta"))
            recipe.Idle(recipe.Take("orpo_alpha"), type.Value == "orpo" ? "rl_beta is given" : $"rl is {type.Value}");
        if (type.Value != "kto")
        {
            foreach (string name in (string[])["kto_desirable_weight", "kto_undesirable_weight"])
                recipe.Idle(recipe.Take(name), $"rl is {type.Value}");
        }
    }

    // A padding token does nothing here; a token that begins or ends a text would.
    private static void SpecialTokens(ForeignRecipe recipe)
    {
        if (recipe.Take("special_tokens") is not { } tokens)
            return;
        string[] others = [];
        try
        {
            others =
            [
                .. (JsonNode.Parse(tokens.Value) as JsonObject ?? [])
                    .Where(t => t.Value is not null && t.Key is not ("pad_token" or "unk_token"))
                    .Select(t => t.Key),
            ];
        }
        catch (JsonException)
        {
            others = [tokens.Value];
        }
        if (others.Length > 0)
            recipe.Stop(
                $"{tokens.Subject} sets {string.Join(" and ", others)}; the model's own tokens are used, so unset the "
                    + "key where they are the same, or change the model's tokenizer_config.json."
            );
        else
            recipe.Idle(tokens, "there is no padding");
    }
}
