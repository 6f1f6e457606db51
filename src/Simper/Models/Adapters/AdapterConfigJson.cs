using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Models.Adapters;

/// <summary>PEFT's <c>adapter_config.json</c> of a LoRA.</summary>
internal static class AdapterConfigJson
{
    // Without effect on what a trained adapter computes.
    private static readonly HashSet<string> Harmless =
    [
        "auto_mapping",
        "base_model_name_or_path",
        "corda_config",
        "eva_config",
        "fan_in_fan_out", // follows from the model
        "inference_mode",
        "init_lora_weights",
        "loftq_config",
        "lora_ga_config",
        "megatron_core",
        "peft_type",
        "peft_version",
        "qalora_group_size",
        "revision",
        "runtime_config",
        "task_type",
    ];

    // These begin by changing the model's weights, so that the matrices fit only the changed ones.
    private static readonly string[] ChangingStarts = ["pissa", "olora", "corda", "loftq", "lora_ga"];

    /// <summary>Reads one.</summary>
    /// <exception cref="SimperException">A key is wrong, or changes the adapter in a way that is not known.</exception>
    public static AdapterConfig Read(JsonObject json, string source)
    {
        var keys = new Keys(json, source);
        string kind = keys.Text("peft_type") ?? throw keys.Wrong("peft_type", "the adapter's kind, LORA");
        if (!kind.Equals("LORA", StringComparison.OrdinalIgnoreCase))
            throw new SimperException(
                $"{source}: the adapter is of the kind {kind} (peft_type); LORA alone is known. Merge it into its model with PEFT."
            );
        if (keys.Text("task_type") is { } task && task != "CAUSAL_LM")
            throw new SimperException($"{source}: task_type is {task}; adapters of CAUSAL_LM alone are known.");
        if (
            keys.Text("init_lora_weights") is { } start
            && Array.Exists(ChangingStarts, s => start.StartsWith(s, StringComparison.OrdinalIgnoreCase))
        )
            throw new SimperException(
                $"{source}: init_lora_weights is {start}, which changes the model's own weights; save the adapter with PEFT's "
                    + "path_initial_model_for_weight_conversion, so that it fits the model as published."
            );
        var config = new AdapterConfig
        {
            Rank = (int)(keys.Number("r") ?? 8),
            Alpha = keys.Number("lora_alpha") ?? 8,
            Dropout = keys.Number("lora_dropout") ?? 0,
            TargetModules = keys.Names("target_modules"),
            ExcludeModules = keys.Names("exclude_modules"),
            ModulesToSave = keys.List("modules_to_save"),
            LayersToTransform = [.. keys.List("layers_to_transform").Select(l => keys.Whole("layers_to_transform", l))],
            LayersPattern = keys.List("layers_pattern"),
            RankPattern = keys.Pattern("rank_pattern"),
            AlphaPattern = keys.Pattern("alpha_pattern"),
            Bias = keys.Text("bias") switch
            {
                null or "none" => AdapterBias.None,
                "lora_only" => AdapterBias.LoraOnly,
                "all" => AdapterBias.All,
                _ => throw keys.Wrong("bias", "none, lora_only or all"),
            },
            UseRsLora = keys.Flag("use_rslora"),
            UseDora = keys.Flag("use_dora"),
            KeepsTied = keys.Flag("ensure_weight_tying"),
            Base = keys.Text("base_model_name_or_path"),
        };
        keys.ExpectNoOther();
        return config;
    }

    /// <summary>The same as JSON, with the keys that PEFT writes.</summary>
    /// <param name="config">The config.</param>
    /// <param name="modules">The adapted modules' names, as a list.</param>
    /// <param name="inputsFirst">Whether the model's matrices are [inputs, outputs].</param>
    public static JsonObject Write(AdapterConfig config, IEnumerable<string> modules, bool inputsFirst) =>
        new()
        {
            ["alpha_pattern"] = Pattern(config.AlphaPattern),
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = config.Base,
            ["bias"] = config.Bias switch
            {
                AdapterBias.All => "all",
                AdapterBias.LoraOnly => "lora_only",
                _ => "none",
            },
            ["ensure_weight_tying"] = config.KeepsTied,
            ["exclude_modules"] = Names(config.ExcludeModules),
            ["fan_in_fan_out"] = inputsFirst,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["layers_pattern"] = List(config.LayersPattern),
            ["layers_to_transform"] =
                config.LayersToTransform.Count == 0
                    ? null
                    : new JsonArray([.. config.LayersToTransform.Select(l => (JsonNode)l)]),
            ["lora_alpha"] = Number(config.Alpha),
            ["lora_bias"] = false,
            ["lora_dropout"] = config.Dropout,
            ["modules_to_save"] = List(config.ModulesToSave),
            ["peft_type"] = "LORA",
            ["r"] = config.Rank,
            ["rank_pattern"] = Pattern(config.RankPattern),
            ["revision"] = null,
            ["target_modules"] = config.TargetModules is { IsAllLinear: false } named
                ? Names(named)
                : List([.. modules.Order(StringComparer.Ordinal)]),
            ["task_type"] = "CAUSAL_LM",
            ["use_dora"] = config.UseDora,
            ["use_rslora"] = config.UseRsLora,
        };

    private static JsonNode? Names(ModuleNames? names) =>
        names is null ? null
        : names.Pattern is { } pattern ? pattern
        : List(names.Names);

    private static JsonArray? List(IReadOnlyList<string> texts) =>
        texts.Count == 0 ? null : new JsonArray([.. texts.Select(t => (JsonNode)t)]);

    private static JsonObject Pattern(IReadOnlyList<KeyValuePair<string, double>> pattern) =>
        new(pattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)Number(p.Value))));

    // PEFT's ranks and alphas are whole numbers wherever they can be.
    private static JsonNode Number(double number) =>
        number == Math.Floor(number) && Math.Abs(number) < int.MaxValue ? (int)number : number;

    /// <summary>Reads keys, and knows which were read.</summary>
    private sealed class Keys(JsonObject json, string source)
    {
        private readonly HashSet<string> _known = [.. Harmless];

        public SimperException Wrong(string key, string wanted) =>
            new($"{source}: \"{key}\" is {Find(key)?.ToJsonString() ?? "missing"}; it has to be {wanted}.");

        public string? Text(string key) => Find(key) is JsonValue value && value.TryGetValue(out string? text) ? text : null;

        public bool Flag(string key) =>
            Find(key) switch
            {
                null => false,
                { } node when node.GetValueKind() is JsonValueKind.True or JsonValueKind.False => node.GetValue<bool>(),
                _ => throw Wrong(key, "true or false"),
            };

        public double? Number(string key) => Find(key) is { } node ? Number(key, node) : null;

        public IReadOnlyList<string> List(string key) =>
            Find(key) switch
            {
                null => [],
                JsonArray list => [.. list.Select(n => n?.ToString() ?? throw Wrong(key, "a list without null"))],
                JsonValue one => [one.ToString()],
                _ => throw Wrong(key, "a list"),
            };

        public ModuleNames? Names(string key) =>
            Find(key) switch
            {
                null or JsonArray { Count: 0 } => null,
                JsonArray => ModuleNames.Of(List(key)),
                JsonValue value when value.TryGetValue(out string? pattern) => ModuleNames.Matching(pattern),
                _ => throw Wrong(key, "a list of names, or a regular expression"),
            };

        public IReadOnlyList<KeyValuePair<string, double>> Pattern(string key) =>
            Find(key) switch
            {
                null => [],
                JsonObject map =>
                [
                    .. map.Select(p => KeyValuePair.Create(p.Key, Number(key, p.Value ?? throw Wrong(key, "numbers by names")))),
                ],
                _ => throw Wrong(key, "numbers by names"),
            };

        public int Whole(string key, string text) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                ? number
                : throw Wrong(key, "a whole number, or a list of them");

        public void ExpectNoOther()
        {
            foreach ((string key, JsonNode? value) in json)
            {
                bool isEmpty =
                    value is null or JsonArray { Count: 0 } or JsonObject { Count: 0 }
                    || value.GetValueKind() == JsonValueKind.False;
                if (!isEmpty && !_known.Contains(key))
                    throw new SimperException(
                        $"{source}: \"{key}\" is {value!.ToJsonString()}, which is not known; the adapter would not compute what "
                            + "it was trained to. Remove the key if it has no meaning."
                    );
            }
        }

        private double Number(string key, JsonNode node) =>
            node.GetValueKind() == JsonValueKind.Number && node.GetValue<JsonElement?>() is { } element
                ? element.GetDouble()
                : throw Wrong(key, "a number");

        private JsonNode? Find(string key)
        {
            _known.Add(key);
            return json[key];
        }
    }
}
