using System.ClientModel;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Simper.Server.Tests.Clients;

/// <summary>Microsoft.Extensions.AI's chat client, over OpenAI's, against the server.</summary>
public class ExtensionsAiTests(DemoServer demo)
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private IChatClient Client =>
        new OpenAIClient(
            new ApiKeyCredential("any-key"),
            new OpenAIClientOptions { Endpoint = new Uri(demo.Server.Server.Address, "v1") }
        )
            .GetChatClient("demo")
            .AsIChatClient();

    private static readonly ChatOptions Options = new()
    {
        MaxOutputTokens = 10,
        Temperature = 0.8f,
        Seed = 3,
        StopSequences = ["zzz"],
    };

    [Fact]
    public async Task Answers_whole_and_streamed_alike()
    {
        using IChatClient client = Client;
        ChatResponse whole = await client.GetResponseAsync("Hello there", Options, Cancel);
        Assert.Equal(ChatRole.Assistant, whole.Messages.Single().Role);
        Assert.Equal("demo", whole.ModelId);
        ChatResponse streamed = await client
            .GetStreamingResponseAsync("Hello there", Options, Cancel)
            .ToChatResponseAsync(Cancel);
        Assert.Equal(whole.Text, streamed.Text);
        Assert.Equal(whole.FinishReason, streamed.FinishReason);
        Assert.Equal(whole.Usage!.TotalTokenCount, streamed.Usage!.TotalTokenCount);
    }

    [Fact]
    public async Task Takes_tools()
    {
        using IChatClient client = Client;
        AIFunction tool = AIFunctionFactory.Create(() => "sunny", "weather", "The weather.");
        ChatResponse answer = await client.GetResponseAsync(
            "Hello",
            new ChatOptions { Tools = [tool], MaxOutputTokens = 4 },
            Cancel
        );
        Assert.Single(answer.Messages);
    }
}
