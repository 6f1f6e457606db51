using System.Text.Json.Nodes;
using Simper.Judging;
using Simper.Testing;

namespace Simper.Tests.Judging;

public class JudgeClientTests
{
    private static JudgeEndpoint At(FakeJudge judge, int retries = 5) =>
        new()
        {
            Model = "judge-1",
            BaseUrl = judge.BaseUrl,
            KeyVariable = "SIMPER_TEST_NO_KEY",
            Retries = retries,
            FirstPause = TimeSpan.FromMilliseconds(5),
        };

    private static JsonObject Request() => new() { ["messages"] = new JsonArray() };

    [Fact]
    public async Task The_first_choice_comes_back_and_the_model_is_filled_in()
    {
        using FakeJudge judge = FakeJudge.Saying(_ => "[[7]]");
        using var client = new JudgeClient(At(judge));
        JsonObject choice = await client.CompleteAsync(Request());
        Assert.Equal("[[7]]", (string)choice["message"]!["content"]!);
        Assert.Equal("judge-1", (string)judge.Requests.Single()["model"]!);
        Assert.Null(judge.Keys.Single());
    }

    [Fact]
    public async Task No_more_requests_are_under_way_at_once_than_it_is_to_have()
    {
        int now = 0;
        int most = 0;
        var gate = new Lock();
        using var server = new HttpStub(_ =>
        {
            lock (gate)
                most = Math.Max(most, ++now);
            Thread.Sleep(20);
            lock (gate)
                now--;
            return StubAnswer.Text(200, FakeJudge.Message("ok"));
        });
        using var client = new JudgeClient(
            new JudgeEndpoint
            {
                Model = "judge-1",
                BaseUrl = server.Address + "/v1",
                Together = 2,
            }
        );
        await Task.WhenAll(Enumerable.Range(0, 7).Select(_ => client.CompleteAsync(Request())));
        Assert.Equal(7, server.Requests.Count);
        Assert.InRange(most, 1, 2);
    }

    [Theory]
    [InlineData(429, "0")]
    [InlineData(429, null)]
    [InlineData(500, null)]
    [InlineData(503, "0")]
    public async Task What_a_server_cannot_take_now_is_asked_again(int status, string? retryAfter)
    {
        using var judge = new FakeJudge((_, n) => n < 3 ? (status, "{}", retryAfter) : (200, FakeJudge.Message("ok"), null));
        using var client = new JudgeClient(At(judge));
        Assert.Equal("ok", (string)(await client.CompleteAsync(Request()))["message"]!["content"]!);
        Assert.Equal(3, judge.Requests.Count);
    }

    [Fact]
    public async Task It_gives_up_after_the_repetitions()
    {
        using var judge = new FakeJudge((_, _) => (503, """{"error": {"message": "busy"}}""", null));
        using var client = new JudgeClient(At(judge, retries: 2));
        var error = await Assert.ThrowsAsync<SimperException>(() => client.CompleteAsync(Request()));
        Assert.Equal(3, judge.Requests.Count);
        Assert.Contains("503: busy", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, """{"error": {"message": "no logprobs here."}}""", "400: no logprobs here.")]
    [InlineData(401, """{"error": "who are you"}""", "SIMPER_TEST_NO_KEY")]
    [InlineData(404, "<html>\n nothing</html>", "base_url")]
    [InlineData(200, """{"text": "hello"}""", "choices")]
    [InlineData(200, "hello", "choices")]
    public async Task What_is_refused_is_said_at_once(int status, string body, string says)
    {
        using var judge = new FakeJudge((_, _) => (status, body, null));
        using var client = new JudgeClient(At(judge));
        var error = await Assert.ThrowsAsync<SimperException>(() => client.CompleteAsync(Request()));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Single(judge.Requests);
    }

    [Fact]
    public async Task The_key_comes_from_the_environment_variable_that_was_named()
    {
        Environment.SetEnvironmentVariable("SIMPER_TEST_KEY", "abc");
        try
        {
            using FakeJudge judge = FakeJudge.Saying(_ => "x");
            using var client = new JudgeClient(At(judge) with { KeyVariable = "SIMPER_TEST_KEY" });
            await client.CompleteAsync(Request());
            Assert.Equal("Bearer abc", judge.Keys.Single());
        }
        finally
        {
            Environment.SetEnvironmentVariable("SIMPER_TEST_KEY", null);
        }
    }

    [Theory]
    [InlineData("ftp://x", "m")]
    [InlineData("localhost", "m")]
    [InlineData("http://x/v1", "")]
    public void Addresses_that_are_none_are_refused(string url, string model) =>
        Assert.Throws<SimperException>(() => new JudgeClient(new JudgeEndpoint { BaseUrl = url, Model = model }));
}
