using System.Text.Json.Nodes;

namespace Simper.Models.Gguf;

/// <summary>
/// The architectures of llama.cpp that a family here has. What a file does not say, llama.cpp assumes: the same is assumed here.
/// </summary>
internal static class GgufArchitectures
{
    // Layers of the models that divide scores by √(width / heads) instead of √E.
    private const int Gemma2Largest = 46;
    private const int Gemma3Largest = 62;

    public static IReadOnlyList<GgufArchitecture> List { get; } =
    [
        new()
        {
            Name = "llama",
            Families = ["llama", "mistral", "ministral", "mixtral"],
            Config = GgufConfig.Llama,
            PairsNeighbours = true,
            HasOutputBias = true,
            HasMlpBias = true,
            HasRotaryDivisors = true,
            HasExperts = true,
        },
        new()
        {
            Name = "qwen2",
            Families = ["qwen2"],
            Config = (_, config) => GgufConfig.Named(config, "qwen2", "Qwen2ForCausalLM"),
        },
        new()
        {
            Name = "qwen3",
            Families = ["qwen3"],
            Config = (_, config) => GgufConfig.Named(config, "qwen3", "Qwen3ForCausalLM"),
        },
        new()
        {
            Name = "qwen3moe",
            Families = ["qwen3_moe"],
            Config = GgufConfig.Qwen3Moe,
            HasExperts = true,
        },
        new()
        {
            Name = "gemma",
            Families = ["gemma"],
            Config = (_, config) => GgufConfig.Gemma(config, "gemma", "GemmaForCausalLM"),
            IsAlwaysTied = true,
        },
        new()
        {
            Name = "gemma2",
            Families = ["gemma2"],
            Config = GgufConfig.Gemma2,
            IsAlwaysTied = true,
            WindowPeriod = 2,
            AttentionScale = shape => GemmaScale(shape, Gemma2Largest),
        },
        new()
        {
            Name = "gemma3",
            Families = ["gemma3_text"],
            Config = GgufConfig.Gemma3,
            IsAlwaysTied = true,
            WindowPeriod = 6,
            AttentionScale = shape => GemmaScale(shape, Gemma3Largest),
        },
        new()
        {
            Name = "phi3",
            Families = ["phi3"],
            Config = GgufConfig.Phi3,
            FusesQueryKeyValue = true,
            FusesGateUp = true,
            HasLongRope = true,
        },
        new()
        {
            Name = "smollm3",
            Families = ["smollm3"],
            Config = GgufConfig.SmolLm3,
            PairsNeighbours = true,
        },
        new()
        {
            Name = "olmo2",
            Families = ["olmo2", "olmo3"],
            Config = GgufConfig.Olmo2,
            NeedsHead = true,
            WindowPeriod = 4,
        },
        new()
        {
            Name = "granite",
            Families = ["granite"],
            Config = GgufConfig.Granite,
            PairsNeighbours = true,
            HasOutputBias = true,
            HasMlpBias = true,
            HasRotaryDivisors = true,
            HasMultipliers = true,
        },
        new()
        {
            Name = "gpt2",
            Families = ["gpt2"],
            Config = GgufConfig.Gpt2,
            FusesQueryKeyValue = true,
            HasOutputBias = true,
            HasMlpBias = true,
        },
        new()
        {
            Name = "gptneox",
            Families = ["gpt_neox"],
            Config = GgufConfig.GptNeoX,
            FusesQueryKeyValue = true,
            NeedsHead = true,
            HasOutputBias = true,
            HasMlpBias = true,
        },
        new()
        {
            Name = "gpt-oss",
            Families = ["gpt_oss"],
            Config = GgufConfig.GptOss,
            MlpNorm = "post_attention_norm",
            NeedsHead = true,
            HasOutputBias = true,
            WindowPeriod = 2,
            HasExperts = true,
        },
        new()
        {
            Name = "glm4",
            Families = ["glm4"],
            Config = GgufConfig.Glm4,
            PairsNeighbours = true,
            FusesGateUp = true,
        },
        new()
        {
            Name = "cohere2",
            Families = ["cohere2"],
            Config = GgufConfig.Cohere2,
            PairsNeighbours = true,
            IsAlwaysTied = true,
            WindowPeriod = 4,
        },
        new()
        {
            Name = "starcoder2",
            Families = ["starcoder2"],
            Config = GgufConfig.StarCoder2,
            HasOutputBias = true,
            HasMlpBias = true,
        },
        new()
        {
            Name = "stablelm",
            Families = ["stablelm"],
            Config = GgufConfig.StableLm,
            NeedsHead = true,
        },
        new()
        {
            Name = "exaone4",
            Families = ["exaone4"],
            Config = GgufConfig.Exaone4,
            WindowPeriod = 4,
            HasRotaryDivisors = true,
        },
    ];

    private static double GemmaScale(DecoderShape shape, int largest) =>
        1 / Math.Sqrt(shape.Layers == largest ? shape.Width / shape.Heads : shape.HeadWidth);
}
