using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Doctor;

/// <summary>The tokenizer and the template of SmolLM2-135M-Instruct.</summary>
internal static class SmolLm2
{
    private static readonly Lazy<Tokenizer> Tokens = new(() =>
        Tokenizer.Load(SharedFiles.Path("models", "smollm2-135m-instruct", "tokenizer.json"))
    );

    private static readonly Lazy<string> Template = new(() =>
        (string)
            JsonNode.Parse(File.ReadAllText(SharedFiles.Path("models", "smollm2-135m-instruct", "tokenizer_config.json")))![
                "chat_template"
            ]!
    );

    public static GroupTokenizer Tokenizing(TokenizationOptions options, string? template = null) =>
        new(Tokens.Value, ChatTemplate.Parse(template ?? Template.Value, "t"), [2], "<|im_start|>", "<|im_end|>", options);
}
