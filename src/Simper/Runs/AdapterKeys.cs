using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Models.Adapters;
using Simper.Models.Weights;

namespace Simper.Runs;

/// <summary>The recipe keys of adapters, as TRL's ModelConfig and PEFT's LoraConfig name them.</summary>
internal static class AdapterKeys
{
    public static IReadOnlyList<BoundKey> All { get; } =
    [
        .. BoundKey.Under(
            "Adapters",
            BoundKey.Flag(
                "use_peft",
                "train a low-rank adapter (LoRA) over the model, whose own weights stay as they are; of an adapter's folder "
                    + "train that adapter on",
                r => r.UsePeft,
                (r, v) => r with { UsePeft = v }
            ),
            BoundKey.Whole(
                "lora_r",
                "the adapter's rank",
                (1, 1 << 16),
                r => r.Lora.Rank,
                (r, v) => r with { Lora = r.Lora with { Rank = (int)v } }
            ),
            BoundKey.Number(
                "lora_alpha",
                "by which it counts, divided by lora_r, or by its root with use_rslora",
                (0, 1e9),
                r => r.Lora.Alpha,
                (r, v) => r with { Lora = r.Lora with { Alpha = v } }
            ),
            BoundKey.Number(
                "lora_dropout",
                "with which probability the adapter does not see an input in training; TRL's preference trainers switch it off "
                    + "unless disable_dropout is false",
                (0, 0.99),
                r => r.Lora.Dropout,
                (r, v) => r with { Lora = r.Lora with { Dropout = v } }
            ),
            Modules(
                "lora_target_modules",
                "the modules that get one: names, all-linear, or a regular expression; empty takes queries and values, as PEFT "
                    + "does",
                r => r.Lora.TargetModules,
                (r, v) => r with { Lora = r.Lora with { TargetModules = v } }
            ),
            Modules(
                "lora_exclude_modules",
                "modules that get none, although lora_target_modules names them",
                r => r.Lora.ExcludeModules,
                (r, v) => r with { Lora = r.Lora with { ExcludeModules = v } }
            ),
            List(
                "lora_modules_to_save",
                "modules that train whole, and are stored in the adapter",
                r => r.Lora.ModulesToSave,
                (r, v) => r with { Lora = r.Lora with { ModulesToSave = v } }
            ),
            List(
                "lora_layers_to_transform",
                "the numbers of the only layers that get one; empty takes all",
                r => [.. r.Lora.LayersToTransform.Select(l => l.ToString(CultureInfo.InvariantCulture))],
                (r, v) => r with { Lora = r.Lora with { LayersToTransform = [.. v.Select(Layer)] } }
            ) with
            {
                Kind = RecipeKeyKind.Whole,
            },
            List(
                "lora_layers_pattern",
                "what stands before a layer's number in the modules' names; empty takes what is there",
                r => r.Lora.LayersPattern,
                (r, v) => r with { Lora = r.Lora with { LayersPattern = v } }
            ),
            Pattern(
                "lora_rank_pattern",
                "other ranks of some modules, as {o_proj: 4}; keys are regular expressions",
                r => r.Lora.RankPattern,
                (r, v) => r with { Lora = r.Lora with { RankPattern = v } }
            ),
            Pattern(
                "lora_alpha_pattern",
                "the same of lora_alpha",
                r => r.Lora.AlphaPattern,
                (r, v) => r with { Lora = r.Lora with { AlphaPattern = v } }
            ),
            BoundKey.Choice(
                "lora_bias",
                "which biases train: none, those of adapted modules, or all",
                [("none", AdapterBias.None), ("lora_only", AdapterBias.LoraOnly), ("all", AdapterBias.All)],
                r => r.Lora.Bias,
                (r, v) => r with { Lora = r.Lora with { Bias = v } }
            ),
            BoundKey.Flag(
                "use_rslora",
                "divide lora_alpha by the root of the rank",
                r => r.Lora.UseRsLora,
                (r, v) => r with { Lora = r.Lora with { UseRsLora = v } }
            ),
            BoundKey.Flag(
                "use_dora",
                "train a magnitude of each output besides (DoRA); a forward pass more in each step",
                r => r.Lora.UseDora,
                (r, v) => r with { Lora = r.Lora with { UseDora = v } }
            ),
            new BoundKey(
                "init_lora_weights",
                "how the adapter begins: true (B zero), gaussian, orthogonal, pissa or pissa_niter_N (N iterations of an "
                    + "approximate decomposition)",
                RecipeKeyKind.Text
            )
            {
                MayBeBare = true,
                Set = (r, v) => r with { Lora = Started(r.Lora, v) },
                Get = r => Start(r.Lora),
            },
            BoundKey.Flag(
                "ensure_weight_tying",
                "keep embedding and head one matrix where both train whole",
                r => r.Lora.KeepsTied,
                (r, v) => r with { Lora = r.Lora with { KeepsTied = v } }
            ),
            BoundKey.Number(
                "loraplus_lr_ratio",
                "by how much the learning rate of B is higher than that of A (LoRA+); 1 for the same",
                (0, 1e6),
                r => r.LoraPlusRatio,
                (r, v) => r with { LoraPlusRatio = v }
            ),
            BoundKey.Number(
                "loraplus_lr_embedding",
                "the learning rate of an embedding's adapter, where loraplus_lr_ratio is not 1",
                (0, 1),
                r => r.LoraPlusEmbeddingRate,
                (r, v) => r with { LoraPlusEmbeddingRate = v }
            ),
            BoundKey.Flag(
                "load_in_4bit",
                "quantise the linear layers of the model to four bits while it is loaded, as bitsandbytes does; of a .gguf file "
                    + "nothing is quantised again",
                r => r.LoadIn4Bit,
                (r, v) => r with { LoadIn4Bit = v }
            ),
            BoundKey.Flag("load_in_8bit", "the same to eight bits", r => r.LoadIn8Bit, (r, v) => r with { LoadIn8Bit = v }),
            BoundKey.Choice(
                "bnb_4bit_quant_type",
                "the four bits: quantiles of a normal distribution, or floats",
                [("nf4", FrozenFormat.Nf4), ("fp4", FrozenFormat.Fp4)],
                r => r.FourBitType,
                (r, v) => r with { FourBitType = v }
            ),
            BoundKey.Flag(
                "use_bnb_nested_quant",
                "quantise the magnitudes of four-bit blocks again, as QLoRA does; here it changes values, not memory",
                r => r.UseNestedQuant,
                (r, v) => r with { UseNestedQuant = v }
            ),
            BoundKey.Text(
                "base_model_name_or_path",
                "where the model of an adapter is, if not where the adapter says",
                r => r.BaseModelNameOrPath,
                (r, v) => r with { BaseModelNameOrPath = v }
            )
        ),
    ];

    private static BoundKey Modules(
        string name,
        string meaning,
        Func<Recipe, ModuleNames?> get,
        Func<Recipe, ModuleNames?, Recipe> set
    ) =>
        new(name, meaning, RecipeKeyKind.Text)
        {
            MayBeList = true,
            Set = (r, v) => set(r, v.ModulesOrNull()),
            Get = r =>
                get(r) switch
                {
                    null => "",
                    { Pattern: { } pattern } => BoundKey.Quoted(pattern),
                    var names => Listed(names.Names),
                },
        };

    private static BoundKey List(
        string name,
        string meaning,
        Func<Recipe, IReadOnlyList<string>> get,
        Func<Recipe, IReadOnlyList<string>, Recipe> set
    ) =>
        new(name, meaning, RecipeKeyKind.Text)
        {
            MayBeList = true,
            Set = (r, v) => set(r, v.List()),
            Get = r => Listed(get(r)),
        };

    private static BoundKey Pattern(
        string name,
        string meaning,
        Func<Recipe, IReadOnlyList<KeyValuePair<string, double>>> get,
        Func<Recipe, IReadOnlyList<KeyValuePair<string, double>>, Recipe> set
    ) =>
        new(name, meaning, RecipeKeyKind.Map)
        {
            Set = (r, v) => set(r, v.Numbers()),
            Get = r =>
                get(r) is { Count: > 0 } pattern
                    ? new JsonObject(pattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))).ToJsonString(
                        new JsonSerializerOptions
                        {
                            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                        }
                    )
                    : "",
        };

    private static string Listed(IReadOnlyList<string> names) => names.Count == 0 ? "" : $"[{string.Join(", ", names)}]";

    private static int Layer(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            ? layer
            : throw new SimperException($"lora_layers_to_transform holds \"{text}\"; it has to hold numbers of layers, from 0.");

    private const string PissaIterations = "pissa_niter_";

    private static AdapterConfig Started(AdapterConfig config, RecipeValue value)
    {
        string text = value.TextOrNull()?.ToLowerInvariant() ?? "true";
        int iterations = 0;
        AdapterStart start = text switch
        {
            "true" => AdapterStart.Kaiming,
            "gaussian" => AdapterStart.Gaussian,
            "orthogonal" => AdapterStart.Orthogonal,
            "pissa" => AdapterStart.Pissa,
            _ when text.StartsWith(PissaIterations, StringComparison.Ordinal)
                    && int.TryParse(
                        text[PissaIterations.Length..],
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out iterations
                    )
                    && iterations > 0 => AdapterStart.Pissa,
            _ => throw value.Wrong("be true, gaussian, orthogonal, pissa or pissa_niter_N"),
        };
        return config with { Start = start, PissaIterations = iterations };
    }

    private static string Start(AdapterConfig config) =>
        config.Start switch
        {
            AdapterStart.Kaiming => "true",
            AdapterStart.Pissa when config.PissaIterations > 0 => string.Create(
                CultureInfo.InvariantCulture,
                $"{PissaIterations}{config.PissaIterations}"
            ),
            var start => start.ToString().ToLowerInvariant(),
        };
}
