namespace Simper.Models.Families;

/// <summary>GPT-2: layer norms, learned positions, plain MLPs, biases everywhere; matrices stored [inputs, outputs].</summary>
internal static class Gpt2
{
    public static Family Family { get; } =
        new(
            "gpt2",
            config =>
            {
                int width = config.Count("n_embd", 768);
                int heads = config.Count("n_head", 12);
                int positions = config.Count("n_positions", 1024);
                if (width % heads != 0)
                    throw config.Wrong("n_head", $"a divisor of n_embd, {width}");
                bool isScaled = config.Flag("scale_attn_weights", otherwise: true);
                return new DecoderShape
                {
                    Layers = config.Parts("n_layer", 12),
                    Width = width,
                    Heads = heads,
                    KeyValueHeads = heads,
                    HeadWidth = width / heads,
                    InnerWidth = config.Has("n_inner") ? config.Count("n_inner") : 4 * width,
                    Vocabulary = config.Count("vocab_size", 50257),
                    MaxPositions = positions,
                    LearnedPositions = positions,
                    NormEpsilon = config.Number("layer_norm_epsilon", 1e-5),
                    Rotary = new RotaryKind.Plain { Theta = RotaryConfig.DefaultTheta },
                    RotaryWidth = 0,
                    TiedHead = config.Flag("tie_word_embeddings", otherwise: true),
                    QueryKeyValueBias = true,
                    OutputBias = true,
                    MlpBias = true,
                    NormsCenter = true,
                    NormBias = true,
                    PlainMlp = true,
                    Activation = CommonConfig.ActivationOf(config, "activation_function", "gelu_new"),
                    AttentionScale = isScaled ? 1 / Math.Sqrt(width / heads) : 1,
                    InitializerRange = config.Number("initializer_range", 0.02),
                };
            },
            new NameMap
            {
                Embedding = "transformer.wte",
                Positions = "transformer.wpe",
                FinalNorm = "transformer.ln_f",
                Head = "lm_head",
                AttentionNorm = "transformer.h.{0}.ln_1",
                QueryKeyValue = "transformer.h.{0}.attn.c_attn",
                Output = "transformer.h.{0}.attn.c_proj",
                MlpNorm = "transformer.h.{0}.ln_2",
                Up = "transformer.h.{0}.mlp.c_fc",
                Down = "transformer.h.{0}.mlp.c_proj",
                InputsFirst = true,
                OptionalPrefix = "transformer.",
                IgnoredEndings = [".attn.bias", ".attn.masked_bias"],
            }
        );
}
