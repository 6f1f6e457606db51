using System.Text.Json.Nodes;

namespace Simper.Server.Tests.Hosting;

/// <summary>/v1/chat/completions by the field.</summary>
public class ChatTests(DemoServer demo)
{
    private const string Path = "/v1/chat/completions";
    private const string Head = """{"model": "demo", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 12""";
    private readonly TestServer _server = demo.Server;

    private static string Text(JsonNode answer, int choice = 0) => (string)answer["choices"]![choice]!["message"]!["content"]!;

    [Fact]
    public async Task A_stream_adds_up_to_the_whole_answer()
    {
        const string request = Head + ", \"n\": 3, \"seed\": 4, \"temperature\": 1.2, \"logprobs\": true, \"top_logprobs\": 2";
        JsonNode whole = await _server.AnswerAsync(Path, request + "}");
        List<string> events = await _server.StreamAsync(
            Path,
            request + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}}"
        );
        Assert.Equal("[DONE]", events[^1]);
        JsonNode[] chunks = [.. events[..^1].Select(e => JsonNode.Parse(e)!)];
        Assert.Equal(whole["usage"]!["total_tokens"]!.ToJsonString(), chunks[^1]["usage"]!["total_tokens"]!.ToJsonString());
        Assert.All(chunks[..^1], c => Assert.True(c.AsObject().ContainsKey("usage") && c["usage"] is null));
        for (int i = 0; i < 3; i++)
        {
            JsonNode[] parts = [.. chunks[..^1].Select(c => c["choices"]![0]!).Where(c => (int)c["index"]! == i)];
            Assert.Equal(Text(whole, i), string.Concat(parts.Select(p => (string?)p["delta"]!["content"] ?? "")));
            Assert.Equal("assistant", (string)parts[0]["delta"]!["role"]!);
            Assert.Equal((string)whole["choices"]![i]!["finish_reason"]!, (string)parts[^1]["finish_reason"]!);
            Assert.Equal(
                whole["choices"]![i]!["logprobs"]!["content"]!.AsArray().Select(t => t!.ToJsonString()),
                parts.SelectMany(p => p["logprobs"]?["content"]?.AsArray() ?? []).Select(t => t!.ToJsonString())
            );
        }
    }

    [Fact]
    public async Task A_seed_repeats_all_answers_and_they_differ_from_each_other()
    {
        const string request = Head + ", \"n\": 4, \"seed\": 11, \"temperature\": 1.5}";
        JsonNode first = await _server.AnswerAsync(Path, request);
        JsonNode again = await _server.AnswerAsync(Path, request);
        Assert.Equal(Enumerable.Range(0, 4).Select(i => Text(first, i)), Enumerable.Range(0, 4).Select(i => Text(again, i)));
        Assert.True(Enumerable.Range(0, 4).Select(i => Text(first, i)).Distinct().Count() > 1);
    }

    [Fact]
    public async Task What_OpenAI_knows_and_has_no_effect_here_is_taken_without_a_word()
    {
        using HttpResponseMessage response = await _server.SendAsync(
            Path,
            Head + ", \"user\": \"somebody\", \"metadata\": {\"a\": \"b\"}, \"store\": false, \"service_tier\": \"auto\"}"
        );
        Assert.True(response.IsSuccessStatusCode);
        Assert.False(response.Headers.Contains("X-Simper-Warning"));
    }

    [Fact]
    public async Task Log_probs_have_the_bytes_of_the_text()
    {
        JsonNode answer = await _server.AnswerAsync(
            Path,
            Head + ", \"temperature\": 0, \"logprobs\": true, \"top_logprobs\": 1}"
        );
        JsonArray tokens = answer["choices"]![0]!["logprobs"]!["content"]!.AsArray();
        byte[] bytes = [.. tokens.SelectMany(t => t!["bytes"]!.AsArray().Select(b => (byte)(int)b!))];
        Assert.Equal(Text(answer), System.Text.Encoding.UTF8.GetString(bytes));
        Assert.All(tokens, t => Assert.Equal(t!["logprob"]!.ToJsonString(), t["top_logprobs"]![0]!["logprob"]!.ToJsonString()));
    }

    [Fact]
    public async Task Content_may_come_in_parts_and_a_developer_is_the_system()
    {
        JsonNode plain = await _server.AnswerAsync(
            Path,
            """
            {"model": "demo", "temperature": 0, "max_tokens": 8,
             "messages": [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hello you"}]}
            """
        );
        JsonNode parts = await _server.AnswerAsync(
            Path,
            """
            {"model": "demo", "temperature": 0, "max_tokens": 8,
             "messages": [{"role": "developer", "content": [{"type": "text", "text": "Be brief"}]},
                          {"role": "user", "content": [{"type": "text", "text": "Hello "}, {"type": "text", "text": "you"}]}]}
            """
        );
        Assert.Equal(Text(plain), Text(parts));
        Assert.Equal((int)plain["usage"]!["prompt_tokens"]!, (int)parts["usage"]!["prompt_tokens"]!);
    }

    [Fact]
    public async Task The_smaller_of_both_limits_holds()
    {
        JsonNode answer = await _server.AnswerAsync(
            Path,
            Head + ", \"max_completion_tokens\": 3, \"logit_bias\": {\"0\": -100}}"
        );
        Assert.Equal(3, (int)answer["usage"]!["completion_tokens"]!);
        Assert.Equal("length", (string)answer["choices"]![0]!["finish_reason"]!);
    }

    [Fact]
    public async Task Without_a_limit_the_context_is_one()
    {
        JsonNode answer = await _server.AnswerAsync(
            Path,
            """
            {"model": "demo", "messages": [{"role": "user", "content": "Hello"}], "logit_bias": {"0": -100}, "temperature": 0}
            """
        );
        Assert.Equal(256, (int)answer["usage"]!["total_tokens"]!);
        Assert.Equal("length", (string)answer["choices"]![0]!["finish_reason"]!);
    }

    [Fact]
    public async Task Nulls_count_as_not_given()
    {
        await _server.AnswerAsync(
            Path,
            Head
                + """
                , "temperature": null, "stop": null, "seed": null, "n": null, "tools": null, "response_format": null,
                "stream": null, "stream_options": null, "logit_bias": null, "top_p": null, "max_completion_tokens": null,
                "logprobs": null, "user": null}
                """
        );
    }

    [Theory]
    [InlineData("\"temprature\": 1", "ignored: temprature")]
    [InlineData("\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}]", "does not show it any tools")]
    public async Task What_has_no_effect_is_told_in_a_header(string field, string warning)
    {
        using HttpResponseMessage response = await _server.SendAsync(Path, $"{Head}, {field}}}");
        Assert.True(response.IsSuccessStatusCode);
        Assert.Contains(warning, string.Join(' ', response.Headers.GetValues("X-Simper-Warning")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_of_JSON_are_JSON()
    {
        JsonNode any = await _server.AnswerAsync(Path, Head + ", \"response_format\": {\"type\": \"json_object\"}}");
        if ((string)any["choices"]![0]!["finish_reason"]! == "stop")
            Assert.IsType<JsonObject>(JsonNode.Parse(Text(any)));
        JsonNode schema = await _server.AnswerAsync(
            Path,
            Head.Replace("12", "200", StringComparison.Ordinal)
                + """
                , "response_format": {"type": "json_schema", "json_schema": {"name": "colour", "strict": true, "schema":
                {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}, "dark": {"type": "boolean"}},
                 "required": ["colour", "dark"], "additionalProperties": false}}}}
                """
        );
        var read = (JsonObject)JsonNode.Parse(Text(schema))!;
        Assert.Contains((string)read["colour"]!, (string[])["red", "blue"]);
        _ = (bool)read["dark"]!;
    }
}
