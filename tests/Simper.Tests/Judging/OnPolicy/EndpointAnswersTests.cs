using System.Text.Json.Nodes;
using Simper.Generation;
using Simper.Judging;
using Simper.Judging.OnPolicy;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Tests.Judging.OnPolicy;

public class EndpointAnswersTests
{
    private static readonly AnswerSampling Three = new()
    {
        Answers = 3,
        Tokens = new SamplingSettings
        {
            Temperature = 0.8,
            TopP = 0.9,
            MaxNewTokens = 7,
        },
    };

    private static DataPrompt Prompt(int index, string text = "Hello") =>
        new(index, [new ChatMessage("system", "Be brief."), new ChatMessage("user", text)], []) { Row = 1, Place = "x" };

    private static JudgeClient Client(FakeJudge server, int together = 4) =>
        new(
            new JudgeEndpoint
            {
                Model = "policy",
                BaseUrl = server.BaseUrl,
                KeyVariable = "SIMPER_TEST_NO_KEY",
                Together = together,
                FirstPause = TimeSpan.FromMilliseconds(5),
            }
        );

    private static string Answer(string text, string finish) =>
        new JsonObject
        {
            ["choices"] = new JsonArray(
                new JsonObject
                {
                    ["finish_reason"] = finish,
                    ["message"] = new JsonObject { ["content"] = text },
                }
            ),
        }.ToJsonString();

    [Fact]
    public async Task Each_answer_is_a_request_with_a_seed_of_its_own()
    {
        using var server = new FakeJudge((r, _) => (200, Answer($"seed {r["seed"]}", "stop"), null));
        using JudgeClient client = Client(server);
        var source = new EndpointAnswers([client], Three);
        IReadOnlyList<SampledAnswer>? first = await source.AnswerAsync(Prompt(0), CancellationToken.None);
        IReadOnlyList<SampledAnswer>? again = await source.AnswerAsync(Prompt(0), CancellationToken.None);
        IReadOnlyList<SampledAnswer>? other = await source.AnswerAsync(Prompt(1), CancellationToken.None);
        Assert.Equal(first, again);
        Assert.Equal(6, first!.Concat(other!).Select(a => a.Text).Distinct().Count());
        JsonObject request = server.Requests.First();
        Assert.Equal(
            """[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"}]""",
            request["messages"]!.ToJsonString()
        );
        Assert.Equal((0.8, 0.9, 7), ((double)request["temperature"]!, (double)request["top_p"]!, (int)request["max_tokens"]!));
        Assert.Equal("policy", (string)request["model"]!);
        Assert.All(server.Requests, r => Assert.InRange((long)r["seed"]!, 0, int.MaxValue));
    }

    [Fact]
    public async Task An_answer_that_reached_its_limit_is_cut()
    {
        using var server = new FakeJudge((_, n) => (200, Answer("a", n == 2 ? "length" : "stop"), null));
        using JudgeClient client = Client(server, together: 1);
        var source = new EndpointAnswers([client], Three);
        Assert.Single((await source.AnswerAsync(Prompt(0), CancellationToken.None))!, a => a.IsCut);
    }

    [Fact]
    public async Task Several_servers_share_the_prompts()
    {
        using var one = new FakeJudge((_, _) => (200, Answer("one", "stop"), null));
        using var two = new FakeJudge((_, _) => (200, Answer("two", "stop"), null));
        using JudgeClient first = Client(one);
        using JudgeClient second = Client(two);
        var source = new EndpointAnswers([first, second], Three);
        for (int i = 0; i < 4; i++)
            Assert.All(
                (await source.AnswerAsync(Prompt(i), CancellationToken.None))!,
                a => Assert.Equal(i % 2 == 0 ? "one" : "two", a.Text)
            );
    }

    [Fact]
    public async Task What_a_server_cannot_take_now_is_asked_again()
    {
        using var server = new FakeJudge((_, n) => n < 3 ? (429, "{}", "0") : (200, Answer("a", "stop"), null));
        using JudgeClient client = Client(server, together: 1);
        var source = new EndpointAnswers([client], Three);
        Assert.Equal(3, (await source.AnswerAsync(Prompt(0), CancellationToken.None))!.Count);
    }

    [Fact]
    public async Task A_prompt_without_room_is_left_out()
    {
        const string refusal = """{"error": {"message": "too long", "code": "context_length_exceeded"}}""";
        using var server = new FakeJudge((_, _) => (400, refusal, null));
        using JudgeClient client = Client(server);
        var source = new EndpointAnswers([client], Three);
        Assert.Null(await source.AnswerAsync(Prompt(0), CancellationToken.None));
    }

    [Fact]
    public async Task A_server_that_refuses_is_one_sentence()
    {
        using var server = new FakeJudge((_, _) => (404, """{"error": {"message": "no such model"}}""", null));
        using var client = new JudgeClient(
            new JudgeEndpoint
            {
                Model = "policy",
                BaseUrl = server.BaseUrl,
                UrlName = "--endpoint",
                KeyVariable = "SIMPER_TEST_NO_KEY",
            }
        );
        var source = new EndpointAnswers([client], Three);
        var error = await Assert.ThrowsAsync<SimperException>(() => source.AnswerAsync(Prompt(0), CancellationToken.None));
        Assert.Contains("no such model; check --endpoint", error.Message, StringComparison.Ordinal);
    }
}
