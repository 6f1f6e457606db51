using System.Text.Json.Nodes;
using Simper.Text.Tokenization;

namespace Simper.Checkpoints;

/// <summary>
/// What splits texts into words before byte-level BPE, by the names that GGUF files have for it: files keep a name where
/// tokenizer.json has a pattern.
/// </summary>
/// <param name="Pattern">The pattern; GPT-2's is the byte-level step's own.</param>
/// <param name="SplitsDigits">Whether each digit is a word.</param>
/// <param name="Names">The names; the first is written unless a family has one of its own.</param>
internal sealed record GgufPreTokenizer(string Pattern, bool SplitsDigits, params string[] Names)
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Uppers = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    private const string Lowers = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Gpt4O =
        $@"[^\r\n\p{{L}}\p{{N}}]?{Uppers}*{Lowers}+{Contractions}?|[^\r\n\p{{L}}\p{{N}}]?{Uppers}+{Lowers}*{Contractions}?"
        + @"|\p{N}{1,3}"
        + Rest;

    private const string Tekken =
        $@"[^\r\n\p{{L}}\p{{N}}]?{Uppers}*{Lowers}+|[^\r\n\p{{L}}\p{{N}}]?{Uppers}+{Lowers}*|\p{{N}}" + Rest;

    // Vocabularies that have words which no merges lead to.
    private static readonly string[] IgnoreMerges = ["llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral", "tekken"];

    private static readonly string[] Normalises = ["qwen2", "deepseek-r1-qwen", "stablelm2"];

    public static IReadOnlyList<GgufPreTokenizer> All { get; } =
    [
        new(
            KnownPatterns.Gpt2,
            SplitsDigits: false,
            "gpt-2",
            "default",
            "phi-2",
            "olmo",
            "mpt",
            "jais",
            "exaone4",
            "roberta-bpe"
        ),
        new(
            KnownPatterns.Gpt2,
            SplitsDigits: true,
            "smollm",
            "refact",
            "starcoder",
            "command-r",
            "codeshell",
            "exaone",
            "minerva-7b"
        ),
        new(
            KnownPatterns.Llama3,
            SplitsDigits: false,
            "dbrx",
            "llama-bpe",
            "llama3",
            "llama-v3",
            "smaug-bpe",
            "glm4",
            "chatglm-bpe",
            "falcon3",
            "pixtral"
        ),
        new(KnownPatterns.Qwen2, SplitsDigits: false, "qwen2", "stablelm2", "deepseek-r1-qwen", "hunyuan"),
        new(Gpt4O, SplitsDigits: false, "gpt-4o", "llama4"),
        new(Tekken, SplitsDigits: false, "tekken"),
    ];

    // The names of published models of a family, where several have the same pattern.
    private static readonly Dictionary<string, string> OfFamilies = new()
    {
        ["gpt_neox"] = "olmo",
        ["exaone4"] = "exaone4",
        ["starcoder2"] = "starcoder",
        ["cohere2"] = "command-r",
        ["granite"] = "refact",
        ["glm4"] = "glm4",
        ["stablelm"] = "stablelm2",
    };

    /// <summary>The steps of a name, and what else it says of the tokenizer; null for an unknown name.</summary>
    public static (JsonArray Steps, bool Nfc, bool IgnoresMerges)? Named(string name) =>
        All.FirstOrDefault(p => p.Names.Contains(name)) is { } found
            ? (found.Steps(), Normalises.Contains(name), IgnoreMerges.Contains(name))
            : null;

    /// <summary>All names, for messages.</summary>
    public static IEnumerable<string> AllNames => All.SelectMany(p => p.Names);

    /// <summary>The name for a tokenizer.json; null if there is none.</summary>
    /// <param name="tokenizer">tokenizer.json.</param>
    /// <param name="modelType">The model's family.</param>
    public static string? NameOf(JsonObject tokenizer, string modelType)
    {
        JsonObject[] steps = [.. StepsOf(tokenizer["pre_tokenizer"])];
        string[] patterns =
        [
            .. steps.Select(s => (string?)s["pattern"]?["Regex"]).OfType<string>(),
            .. steps
                .Where(s => (string?)s["type"] == "ByteLevel" && ((bool?)s["use_regex"] ?? true))
                .Select(_ => KnownPatterns.Gpt2),
        ];
        bool splitsDigits =
            steps.Any(s => (string?)s["type"] == "Digits" && ((bool?)s["individual_digits"] ?? false))
            || (patterns.Length == 2 && patterns[0] == @"\p{N}" && patterns[1] == KnownPatterns.Gpt2);
        if (patterns.Length == 0 || steps.Any(s => (bool?)s["add_prefix_space"] ?? false))
            return null;
        bool ignoresMerges = (bool?)tokenizer["model"]?["ignore_merges"] ?? false;
        string[] names =
        [
            .. All.Where(p =>
                    p.Pattern == patterns[^1] && p.SplitsDigits == splitsDigits && (splitsDigits || patterns.Length == 1)
                )
                .SelectMany(p => p.Names)
                .Where(n => IgnoreMerges.Contains(n) == ignoresMerges),
        ];
        return names.Length == 0 ? null
            : OfFamilies.TryGetValue(modelType, out string? own) && names.Contains(own) ? own
            : names[0];
    }

    private JsonArray Steps()
    {
        bool isGpt2 = Pattern == KnownPatterns.Gpt2;
        var bytes = new JsonObject
        {
            ["type"] = "ByteLevel",
            ["add_prefix_space"] = false,
            ["trim_offsets"] = true,
            ["use_regex"] = isGpt2,
        };
        if (SplitsDigits)
            return new JsonArray(new JsonObject { ["type"] = "Digits", ["individual_digits"] = true }, bytes);
        return isGpt2
            ? new JsonArray(bytes)
            : new JsonArray(
                new JsonObject
                {
                    ["type"] = "Split",
                    ["pattern"] = new JsonObject { ["Regex"] = Pattern },
                    ["behavior"] = "Isolated",
                    ["invert"] = false,
                },
                bytes
            );
    }

    private static IEnumerable<JsonObject> StepsOf(JsonNode? node) =>
        node is not JsonObject step ? []
        : (string?)step["type"] == "Sequence" && step["pretokenizers"] is JsonArray steps ? steps.SelectMany(StepsOf)
        : [step];
}
