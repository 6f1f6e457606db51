using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Simper.Server.Hosting;

namespace Simper.Server.Tests.Hosting;

/// <summary>Who may ask, and how.</summary>
public class GuardTests(DemoServer demo)
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private readonly TestServer _server = demo.Server;

    private async Task<HttpResponseMessage> Get(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await _server.Client.SendAsync(request, Cancel);
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]", true)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.nip.io", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("0.0.0.0", false)]
    public async Task The_host_has_to_be_this_machine(string host, bool passes)
    {
        using HttpResponseMessage response = await Get("/v1/models", ("Host", $"{host}:{_server.Server.Address.Port}"));
        Assert.Equal(passes ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        using HttpResponseMessage portless = await Get("/v1/models", ("Host", host));
        Assert.Equal(HttpStatusCode.Forbidden, portless.StatusCode);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://localhost:3000")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task Web_pages_may_not_ask(string header, string value)
    {
        using HttpResponseMessage response = await Get("/v1/models", (header, value));
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task An_allowed_page_may_ask_and_another_may_not()
    {
        await using TestServer server = await TestServer.StartAsync(
            new ServerSettings { AllowedOrigins = ["https://app.example"] }
        );
        using var ask = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        ask.Headers.Add("Origin", "https://app.example");
        ask.Headers.Add("Access-Control-Request-Headers", "content-type");
        using HttpResponseMessage allowed = await server.Client.SendAsync(ask, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, allowed.StatusCode);
        Assert.Equal("https://app.example", allowed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        using var other = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        other.Headers.Add("Origin", "https://app.example.evil");
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Client.SendAsync(other, Cancel)).StatusCode);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data")]
    public async Task A_body_has_to_say_that_it_is_JSON(string type)
    {
        using var content = new StringContent("{}", Encoding.UTF8, new MediaTypeHeaderValue(type));
        using HttpResponseMessage response = await _server.Client.PostAsync("/v1/completions", content, Cancel);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task A_key_is_asked_for_everywhere_but_at_health()
    {
        await using TestServer server = await TestServer.StartAsync(new ServerSettings { ApiKey = "correct-horse" });
        async Task<HttpStatusCode> Status(string path, string? authorization)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (authorization is not null)
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using HttpResponseMessage response = await server.Client.SendAsync(request, Cancel);
            Assert.DoesNotContain("correct-horse", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
            return response.StatusCode;
        }
        foreach (string path in (string[])["/v1/models", "/metrics", "/tokenizer_info", "/nowhere"])
        {
            foreach (
                string? wrong in (string?[])
                    [null, "", "Bearer ", "Bearer wrong", "correct-horse", "Basic correct-horse", "Bearer correct-horse2"]
            )
                Assert.Equal(HttpStatusCode.Unauthorized, await Status(path, wrong));
        }
        Assert.Equal(HttpStatusCode.OK, await Status("/v1/models", "Bearer correct-horse"));
        Assert.Equal(HttpStatusCode.OK, await Status("/metrics", "bearer correct-horse"));
        Assert.Equal(HttpStatusCode.OK, await Status("/health", null));
    }

    [Fact]
    public async Task Without_a_key_any_is_taken()
    {
        using HttpResponseMessage response = await Get("/v1/models", ("Authorization", "Bearer "));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("0.0.0.0", null, "API key")]
    [InlineData("::", null, "API key")]
    [InlineData("example.org", "long-enough", "IP address")]
    [InlineData("127.0.0.1", "short", "8 printable characters")]
    public async Task An_open_address_needs_a_key_and_settings_have_to_make_sense(string host, string? key, string said)
    {
        SimperException e = await Assert.ThrowsAsync<SimperException>(() =>
            TestServer.StartAsync(new ServerSettings { Host = host, ApiKey = key })
        );
        Assert.Contains(said, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_said()
    {
        SimperException e = await Assert.ThrowsAsync<SimperException>(() =>
            SimperServer.StartAsync(
                new ServerSettings { Host = "127.0.0.1", Port = _server.Server.Address.Port },
                [Simper.Serving.ServedModel.Load("demo", TestServer.DemoModel)]
            )
        );
        Assert.Contains("in use", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404)]
    [InlineData("GET", "/", 404)]
    [InlineData("GET", "/v1/models/none", 404)]
    [InlineData("GET", "/v1/chat/completions", 405)]
    [InlineData("DELETE", "/v1/models", 405)]
    [InlineData("OPTIONS", "/v1/models", 405)]
    public async Task What_is_not_there_is_said_in_JSON(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage response = await _server.Client.SendAsync(request, Cancel);
        Assert.Equal(status, (int)response.StatusCode);
        string text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(System.Text.Json.Nodes.JsonNode.Parse(text)!["error"]!["message"] is not null, text);
    }

    [Theory]
    [InlineData("/v1/models/org%2Fm")]
    [InlineData("/v1/models/org/m")]
    [InlineData("/v1/models/org%2fm?x=1")]
    public async Task A_model_s_name_may_be_escaped(string path) =>
        Assert.Contains("\"org/m\"", await _server.Client.GetStringAsync(path, Cancel), StringComparison.Ordinal);

    [Fact]
    public async Task Metrics_are_in_the_format_of_Prometheus()
    {
        await _server.AnswerAsync("/v1/completions", """{"model": "demo", "prompt": "Hi", "max_tokens": 2}""");
        await _server.StreamAsync("/v1/completions", """{"model": "demo", "prompt": "Hi", "max_tokens": 3, "stream": true}""");
        string[] wanted =
        [
            "# TYPE simper_server_requests_total counter",
            "# TYPE gen_ai_server_request_duration_seconds histogram",
            "gen_ai_server_time_to_first_token_seconds_bucket{model=\"demo\",le=\"+Inf\"}",
            "simper_server_tokens_total{model=\"demo\",type=\"output\"}",
            "simper_engine_running{model=\"demo\"}",
            "route=\"/v1/completions\"",
        ];
        // A request is counted at its end, shortly after its client has the answer.
        string text = "";
        for (int i = 0; i < 1000 && !wanted.All(w => text.Contains(w, StringComparison.Ordinal)); i++)
        {
            await Task.Delay(i == 0 ? 0 : 50, Cancel);
            text = await _server.Client.GetStringAsync("/metrics", Cancel);
        }
        Assert.All(wanted, w => Assert.Contains(w, text, StringComparison.Ordinal));
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Assert.Matches(@"^(# (HELP|TYPE) [a-z_]+ .*|[a-z_]+(\{.*\})? ([-+0-9.eE]+|\+Inf|NaN))$", line);
    }
}
