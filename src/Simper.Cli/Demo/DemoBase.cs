using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Cli.Demo;

/// <summary>
/// The untrained model: its config, tokenizer and chat template, as a Hugging Face folder without weights.
/// </summary>
internal static class DemoBase
{
    private const string Template =
        "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor "
        + "%}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

    private static readonly string[] Special = ["<|end|>", "<|user|>", "<|assistant|>", "<|system|>"];

    public static void Write(string folder, IEnumerable<string> text)
    {
        Directory.CreateDirectory(folder);
        JsonObject tokenizer = DemoTokenizer.Train(text, Special, size: 640);
        int vocabulary = tokenizer["model"]!["vocab"]!.AsObject().Count;
        Save(folder, "tokenizer.json", tokenizer);
        Save(
            folder,
            "tokenizer_config.json",
            new JsonObject
            {
                ["tokenizer_class"] = "PreTrainedTokenizerFast",
                ["eos_token"] = "<|end|>",
                ["pad_token"] = "<|end|>",
                ["clean_up_tokenization_spaces"] = false,
                ["model_max_length"] = 256,
                ["chat_template"] = Template,
            }
        );
        Save(folder, "generation_config.json", new JsonObject { ["eos_token_id"] = 0, ["pad_token_id"] = 0 });
        Save(
            folder,
            "config.json",
            new JsonObject
            {
                ["architectures"] = new JsonArray("LlamaForCausalLM"),
                ["model_type"] = "llama",
                ["hidden_act"] = "silu",
                ["hidden_size"] = 128,
                ["intermediate_size"] = 384,
                ["num_hidden_layers"] = 4,
                ["num_attention_heads"] = 4,
                ["num_key_value_heads"] = 2,
                ["head_dim"] = 32,
                ["vocab_size"] = vocabulary,
                ["max_position_embeddings"] = 256,
                ["rms_norm_eps"] = 1e-5,
                ["rope_theta"] = 10000.0,
                ["rope_scaling"] = null,
                ["tie_word_embeddings"] = true,
                ["attention_bias"] = false,
                ["mlp_bias"] = false,
                ["initializer_range"] = 0.05,
                ["eos_token_id"] = 0,
                ["torch_dtype"] = "bfloat16",
            }
        );
    }

    private static void Save(string folder, string name, JsonObject json) =>
        File.WriteAllText(Path.Combine(folder, name), ReadableJson.Indented(json));
}
