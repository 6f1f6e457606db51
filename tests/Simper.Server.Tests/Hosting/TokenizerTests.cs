using System.Text.Json.Nodes;

namespace Simper.Server.Tests.Hosting;

/// <summary>The tokenizer's endpoints, which harnesses use that have no tokenizer of their own.</summary>
public class TokenizerTests(DemoServer demo)
{
    private readonly TestServer _server = demo.Server;

    [Fact]
    public async Task Says_its_special_tokens_and_its_template()
    {
        string text = await _server.Client.GetStringAsync("/tokenizer_info", TestContext.Current.CancellationToken);
        JsonNode info = JsonNode.Parse(text)!;
        Assert.Equal(("<|end|>", "<|end|>"), ((string)info["eos_token"]!, (string)info["pad_token"]!));
        Assert.Contains("add_generation_prompt", (string)info["chat_template"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<|end|>", 1)]
    [InlineData("Hello <|user|> there 😀", null)]
    [InlineData("", 0)]
    public async Task Texts_become_ids_and_texts_again(string text, int? count)
    {
        string request = new JsonObject { ["prompt"] = text, ["add_special_tokens"] = false }.ToJsonString();
        JsonNode ids = await _server.AnswerAsync("/tokenize", request);
        if (count is not null)
            Assert.Equal(count, ids["tokens"]!.AsArray().Count);
        JsonNode back = await _server.AnswerAsync(
            "/detokenize",
            new JsonObject { ["tokens"] = ids["tokens"]!.DeepClone() }.ToJsonString()
        );
        Assert.Equal(text, (string)back["prompt"]!);
    }

    [Fact]
    public async Task Messages_are_rendered_up_to_the_answer()
    {
        JsonNode rendered = await _server.AnswerAsync("/tokenize", """{"prompt": [{"role": "user", "content": "Hi"}]}""");
        JsonNode text = await _server.AnswerAsync("/tokenize", """{"prompt": "<|user|>Hi<|end|><|assistant|>"}""");
        Assert.Equal(text["tokens"]!.ToJsonString(), rendered["tokens"]!.ToJsonString());
    }
}
