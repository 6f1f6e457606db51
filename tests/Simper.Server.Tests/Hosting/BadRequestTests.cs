using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Simper.Server.Tests.Hosting;

/// <summary>Bad input is the client's mistake, and said to be, with the field.</summary>
public class BadRequestTests(DemoServer demo)
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private readonly TestServer _server = demo.Server;

    [Fact]
    public async Task Every_bad_request_is_refused_with_the_field_that_is_wrong()
    {
        (string Path, string Body, string? Field)[] all = [.. BadRequests.All()];
        Assert.True(all.Length > 300, $"{all.Length}");
        var wrong = new List<string>();
        foreach ((string path, string body, string? field) in all)
        {
            (int status, JsonNode json) = await _server.PostAsync(path, body, Cancel);
            JsonNode? error = json["error"];
            string? param = (string?)error?["param"];
            bool isRight =
                status is >= 400 and < 500
                && error?["message"] is JsonValue
                && error["type"] is JsonValue
                && (
                    field is null
                    || (
                        param is not null
                        && (
                            param == field
                            || param.StartsWith(field + "[", StringComparison.Ordinal)
                            || param.StartsWith(field + ".", StringComparison.Ordinal)
                        )
                    )
                );
            if (!isRight)
                wrong.Add($"{status} {(body.Length > 200 ? body[..200] : body)}: {json.ToJsonString()}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        using var content = new ByteArrayContent(new byte[(16 << 20) + 1]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await _server.Client.PostAsync("/v1/completions", content, Cancel);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task A_body_that_is_not_UTF_8_is_refused()
    {
        using var content = new ByteArrayContent([.. "{\"model\": \""u8, 0xff, .. "\"}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await _server.Client.PostAsync("/v1/completions", content, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_model_that_is_not_served_is_not_found()
    {
        (int status, JsonNode json) = await _server.PostAsync("/v1/completions", """{"model": "gpt-4", "prompt": "x"}""", Cancel);
        Assert.Equal((404, "model_not_found"), (status, (string)json["error"]!["code"]!));
    }

    [Fact]
    public async Task A_prompt_without_room_is_refused_and_not_cut()
    {
        string ids = string.Join(',', Enumerable.Repeat("100", 256));
        (int status, JsonNode json) = await _server.PostAsync(
            "/v1/completions",
            $$"""{"model": "demo", "prompt": [{{ids}}], "max_tokens": 1}""",
            Cancel
        );
        Assert.Equal((400, "context_length_exceeded"), (status, (string)json["error"]!["code"]!));
        JsonNode scored = await _server.AnswerAsync(
            "/v1/completions",
            $$"""{"model": "demo", "prompt": [{{ids}}], "max_tokens": 0, "echo": true, "logprobs": 1}""",
            Cancel
        );
        Assert.Equal(256, scored["choices"]![0]!["logprobs"]!["tokens"]!.AsArray().Count);
    }

    [Fact]
    public async Task Names_of_unknown_fields_do_not_break_the_answer_s_headers()
    {
        const string body = "{\"model\": \"demo\", \"prompt\": \"x\", \"max_tokens\": 1, \"é\\r\\nSet-Cookie: a\": 1, \"\": 2}";
        using HttpResponseMessage response = await _server.SendAsync("/v1/completions", body, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }
}
