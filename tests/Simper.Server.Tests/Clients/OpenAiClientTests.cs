using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace Simper.Server.Tests.Clients;

/// <summary>The NuGet client OpenAI against the server.</summary>
public class OpenAiClientTests(DemoServer demo)
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private OpenAIClient Client =>
        new(
            new ApiKeyCredential("any-key"),
            new OpenAIClientOptions
            {
                Endpoint = new Uri(demo.Server.Server.Address, "v1"),
                RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            }
        );

    private ChatClient Chat => Client.GetChatClient("demo");

    private static readonly ChatMessage[] Messages = [new SystemChatMessage("Be kind."), new UserChatMessage("Hello there")];

    [Fact]
    public async Task Answers_with_usage_and_log_probs()
    {
        var options = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 6,
            Temperature = 0,
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 2,
        };
        ChatCompletion answer = await Chat.CompleteChatAsync(Messages, options, Cancel);
        Assert.Equal("demo", answer.Model);
        Assert.Equal(ChatMessageRole.Assistant, answer.Role);
        Assert.Contains(answer.FinishReason, (ChatFinishReason[])[ChatFinishReason.Length, ChatFinishReason.Stop]);
        Assert.Equal(answer.Usage.InputTokenCount + answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount);
        Assert.Equal(answer.Usage.OutputTokenCount, answer.ContentTokenLogProbabilities.Count);
        Assert.All(
            answer.ContentTokenLogProbabilities,
            t => Assert.Equal(t.LogProbability, t.TopLogProbabilities[0].LogProbability)
        );
    }

    [Fact]
    public async Task Streams_what_it_answers_whole()
    {
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 12, Temperature = 0 };
        ChatCompletion whole = await Chat.CompleteChatAsync(Messages, options, Cancel);
        string text = "";
        ChatFinishReason? finish = null;
        int? tokens = null;
        await foreach (StreamingChatCompletionUpdate update in Chat.CompleteChatStreamingAsync(Messages, options, Cancel))
        {
            text += string.Concat(update.ContentUpdate.Select(p => p.Text));
            finish = update.FinishReason ?? finish;
            tokens = update.Usage?.TotalTokenCount ?? tokens;
        }
        Assert.Equal(whole.Content[0].Text, text);
        Assert.Equal((ChatFinishReason?)whole.FinishReason, finish);
        Assert.Equal(whole.Usage.TotalTokenCount, tokens);
    }

    [Fact]
    public async Task Sends_tools_and_their_answers()
    {
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 4, Temperature = 0 };
        options.Tools.Add(
            ChatTool.CreateFunctionTool(
                "weather",
                "The weather.",
                BinaryData.FromString("""{"type": "object", "properties": {}}""")
            )
        );
        ChatMessage[] messages =
        [
            .. Messages,
            new AssistantChatMessage([ChatToolCall.CreateFunctionToolCall("call_1", "weather", BinaryData.FromString("{}"))]),
            new ToolChatMessage("call_1", "sunny"),
        ];
        ChatCompletion answer = await Chat.CompleteChatAsync(messages, options, Cancel);
        Assert.Single(answer.Content);
    }

    [Fact]
    public async Task Says_what_is_wrong()
    {
        ClientResultException e = await Assert.ThrowsAsync<ClientResultException>(() =>
            Chat.CompleteChatAsync(Messages, new ChatCompletionOptions { Temperature = 11 }, Cancel)
        );
        Assert.Equal(400, e.Status);
        Assert.Contains("temperature", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<ClientResultException>(() =>
            Client.GetChatClient("none").CompleteChatAsync(Messages, null, Cancel)
        );
        Assert.Equal(404, e.Status);
    }

    [Fact]
    public async Task Lists_models()
    {
        OpenAIModelClient models = Client.GetOpenAIModelClient();
        Assert.Equal(["demo", "org/m"], (await models.GetModelsAsync(Cancel)).Value.Select(m => m.Id));
        Assert.Equal("org/m", (await models.GetModelAsync("org/m", Cancel)).Value.Id);
    }
}
