using System.Text;
using System.Text.Json.Nodes;

namespace Simper.Server.Tests.Hosting;

/// <summary>/v1/completions by the field.</summary>
public class CompletionTests(DemoServer demo)
{
    private const string Path = "/v1/completions";
    private readonly TestServer _server = demo.Server;

    private static string Text(JsonNode answer, int choice = 0) => (string)answer["choices"]![choice]!["text"]!;

    [Fact]
    public async Task Scoring_gives_an_entry_for_each_token_of_the_prompt_and_one_for_the_generated_one()
    {
        JsonNode answer = await _server.AnswerAsync(
            Path,
            """{"model": "demo", "prompt": [[100, 101, 102, 103]], "max_tokens": 1, "logprobs": 1, "echo": true, "top_k": 1}"""
        );
        JsonNode logProbs = answer["choices"]![0]!["logprobs"]!;
        foreach (string list in (string[])["tokens", "token_logprobs", "top_logprobs", "text_offset"])
            Assert.Equal(5, logProbs[list]!.AsArray().Count);
        Assert.Null(logProbs["token_logprobs"]![0]);
        Assert.Null(logProbs["top_logprobs"]![0]);
        // The generated token is the likeliest: the same number twice, printed alike.
        string own = logProbs["token_logprobs"]![4]!.ToJsonString();
        Assert.Equal([own], logProbs["top_logprobs"]![4]!.AsObject().Select(e => e.Value!.ToJsonString()));
    }

    [Fact]
    public async Task The_generated_entry_is_there_although_the_model_ends_at_once()
    {
        // The end token is made the only one that can follow.
        JsonNode answer = await _server.AnswerAsync(
            Path,
            """{"model": "demo", "prompt": [[100, 7]], "max_tokens": 1, "logprobs": 1, "echo": true, "logit_bias": {"0": 100}}"""
        );
        JsonNode choice = answer["choices"]![0]!;
        Assert.Equal("stop", (string)choice["finish_reason"]!);
        Assert.Equal(3, choice["logprobs"]!["tokens"]!.AsArray().Count);
        Assert.Equal("<|end|>", (string)choice["logprobs"]!["tokens"]![2]!);
        Assert.Equal(1, (int)answer["usage"]!["completion_tokens"]!);
    }

    [Fact]
    public async Task Without_new_tokens_the_prompt_alone_is_scored()
    {
        JsonNode answer = await _server.AnswerAsync(
            Path,
            """{"model": "demo", "prompt": "What is the capital?", "max_tokens": 0, "logprobs": 3, "echo": true}"""
        );
        JsonNode choice = answer["choices"]![0]!;
        Assert.Equal("What is the capital?", Text(answer));
        Assert.Equal((int)answer["usage"]!["prompt_tokens"]!, choice["logprobs"]!["tokens"]!.AsArray().Count);
        Assert.Equal("What is the capital?", string.Concat(choice["logprobs"]!["tokens"]!.AsArray().Select(t => (string)t!)));
        int offset = 0;
        foreach (
            (JsonNode? token, JsonNode? at) in choice["logprobs"]!["tokens"]!
                .AsArray()
                .Zip(choice["logprobs"]!["text_offset"]!.AsArray())
        )
        {
            Assert.Equal(offset, (int)at!);
            offset += ((string)token!).Length;
        }
    }

    [Fact]
    public async Task The_likeliest_and_the_token_itself_are_among_the_alternatives()
    {
        JsonNode answer = await _server.AnswerAsync(
            Path,
            """{"model": "demo", "prompt": [[300, 5, 400, 77]], "max_tokens": 1, "logprobs": 2, "echo": true, "temperature": 0}"""
        );
        JsonNode logProbs = answer["choices"]![0]!["logprobs"]!;
        for (int i = 1; i < 5; i++)
        {
            double own = (double)logProbs["token_logprobs"]![i]!;
            double[] shown = [.. logProbs["top_logprobs"]![i]!.AsObject().Select(e => (double)e.Value!)];
            Assert.InRange(shown.Length, 2, 3);
            Assert.Contains(own, shown);
            Assert.True(shown.Max() >= own);
        }
    }

    [Fact]
    public async Task Texts_and_ids_alone_and_in_lists_are_prompts()
    {
        JsonNode ids = await _server.AnswerAsync(
            "/tokenize",
            """{"model": "demo", "prompt": "Tell me a story", "add_special_tokens": false}"""
        );
        string list = ids["tokens"]!.ToJsonString();
        string[] prompts = ["\"Tell me a story\"", "[\"Tell me a story\"]", list, $"[{list}]", $"[{list}, {list}]"];
        var texts = new List<string>();
        foreach (string prompt in prompts)
        {
            JsonNode answer = await _server.AnswerAsync(
                Path,
                $$"""{"model": "demo", "prompt": {{prompt}}, "max_tokens": 8, "temperature": 0}"""
            );
            texts.AddRange(answer["choices"]!.AsArray().Select(c => (string)c!["text"]!));
        }
        Assert.Equal(6, texts.Count);
        Assert.Single(texts.Distinct());
    }

    [Fact]
    public async Task Batches_are_numbered_prompt_by_prompt_and_do_not_depend_on_neighbours()
    {
        string[] prompts = ["One", "Two two", "Three, three and three"];
        JsonNode batch = await _server.AnswerAsync(
            Path,
            $$"""{"model": "demo", "prompt": ["One", "Two two", "Three, three and three"], "n": 2, "max_tokens": 6, "seed": 3}"""
        );
        JsonArray choices = batch["choices"]!.AsArray();
        Assert.Equal([0, 1, 2, 3, 4, 5], choices.Select(c => (int)c!["index"]!));
        for (int p = 0; p < 3; p++)
        {
            JsonNode alone = await _server.AnswerAsync(
                Path,
                $$"""{"model": "demo", "prompt": "{{prompts[p]}}", "n": 2, "max_tokens": 6, "seed": 3}"""
            );
            Assert.Equal([Text(alone), Text(alone, 1)], [Text(batch, 2 * p), Text(batch, 2 * p + 1)]);
        }
    }

    [Fact]
    public async Task Stop_texts_end_an_answer_and_are_not_in_it()
    {
        const string plain =
            """{"model": "demo", "prompt": "Name it.", "max_tokens": 24, "top_k": 1, "logprobs": 1, "logit_bias": {"0": -100}""";
        JsonNode whole = await _server.AnswerAsync(Path, plain + "}");
        string text = Text(whole);
        Assert.True(text.Length > 6);
        for (int from = 1; from < text.Length - 3; from++)
        {
            string stop = text[from..(from + 3)];
            string request = new JsonObject { ["stop"] = stop }.ToJsonString()[1..];
            JsonNode cut = await _server.AnswerAsync(Path, $"{plain}, {request}");
            Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], Text(cut));
            Assert.Equal("stop", (string)cut["choices"]![0]!["finish_reason"]!);
            string[] tokens = [.. cut["choices"]![0]!["logprobs"]!["tokens"]!.AsArray().Select(t => (string)t!)];
            Assert.StartsWith(Text(cut), string.Concat(tokens), StringComparison.Ordinal); // whole tokens, up to the cut
        }
    }

    [Fact]
    public async Task A_stream_adds_up_to_the_whole_answer()
    {
        const string request = """
            {"model": "demo", "prompt": ["Once", "Twice"], "echo": true, "logprobs": 2, "max_tokens": 12, "temperature": 0.9,
             "seed": 5, "stop": ["."], "n": 2
            """;
        JsonNode whole = await _server.AnswerAsync(Path, request + "}");
        List<string> events = await _server.StreamAsync(Path, request + ", \"stream\": true}");
        foreach (JsonNode? choice in whole["choices"]!.AsArray())
        {
            JsonNode[] parts =
            [
                .. events[..^1]
                    .Select(e => JsonNode.Parse(e)!["choices"]![0]!)
                    .Where(c => (int)c["index"]! == (int)choice!["index"]!),
            ];
            Assert.Equal((string)choice!["text"]!, string.Concat(parts.Select(p => (string)p["text"]!)));
            Assert.Equal((string)choice["finish_reason"]!, (string)parts[^1]["finish_reason"]!);
            foreach (string list in (string[])["tokens", "token_logprobs", "top_logprobs", "text_offset"])
                Assert.Equal(
                    choice["logprobs"]![list]!.AsArray().Select(v => v?.ToJsonString()),
                    parts.SelectMany(p => p["logprobs"]![list]!.AsArray()).Select(v => v?.ToJsonString())
                );
        }
    }

    [Fact]
    public async Task Seeds_repeat_and_other_seeds_differ()
    {
        async Task<string> Of(int seed) =>
            Text(
                await _server.AnswerAsync(
                    Path,
                    $$"""{"model": "demo", "prompt": "Say", "max_tokens": 20, "temperature": 1.5, "seed": {{seed}}}"""
                )
            );
        string[] first = [await Of(1), await Of(2), await Of(3)];
        string[] again = [await Of(1), await Of(2), await Of(3)];
        Assert.Equal<string>(first, again);
        Assert.True(first.Distinct().Count() > 1);
    }

    [Fact]
    public async Task Seeds_of_any_sign_are_taken()
    {
        foreach (string seed in (string[])["-1", "-9223372036854775808", "9223372036854775807", "0"])
        {
            string request = $$"""{"model": "demo", "prompt": "Say", "max_tokens": 9, "temperature": 1.5, "seed": {{seed}}}""";
            Assert.Equal(Text(await _server.AnswerAsync(Path, request)), Text(await _server.AnswerAsync(Path, request)));
        }
    }

    [Theory]
    [InlineData("", 16)]
    [InlineData(", \"max_tokens\": null", 16)]
    [InlineData(", \"max_tokens\": 1", 1)]
    [InlineData(", \"max_tokens\": 7.0", 7)]
    [InlineData(", \"max_tokens\": 253", 253)]
    [InlineData(", \"max_tokens\": 256", 253)] // as far as the context goes
    public async Task At_most_so_many_tokens_are_written(string field, int tokens)
    {
        JsonNode answer = await _server.AnswerAsync(
            Path,
            $$"""{"model": "demo", "prompt": [100, 101, 102], "logit_bias": {"0": -100}, "temperature": 0{{field}}}"""
        );
        Assert.Equal(tokens, (int)answer["usage"]!["completion_tokens"]!);
        Assert.Equal("length", (string)answer["choices"]![0]!["finish_reason"]!);
    }

    [Fact]
    public async Task Usage_ends_a_stream_where_it_is_asked_for()
    {
        const string request =
            """{"model": "demo", "prompt": ["a", "b"], "max_tokens": 4, "n": 2, "logit_bias": {"0": -100}, "stream": true""";
        List<string> events = await _server.StreamAsync(Path, request + ", \"stream_options\": {\"include_usage\": true}}");
        JsonNode last = JsonNode.Parse(events[^2])!;
        Assert.Equal("[DONE]", events[^1]);
        Assert.Empty(last["choices"]!.AsArray());
        Assert.Equal(16, (int)last["usage"]!["completion_tokens"]!);
        Assert.All(
            events[..^2],
            e => Assert.True(JsonNode.Parse(e)!.AsObject() is var c && c.ContainsKey("usage") && c["usage"] is null)
        );
        foreach (
            string options in (string[])["", ", \"stream_options\": {\"include_usage\": false}", ", \"stream_options\": null"]
        )
            Assert.All(
                (await _server.StreamAsync(Path, request + options + "}"))[..^1],
                e => Assert.Null(JsonNode.Parse(e)!["usage"])
            );
    }

    [Fact]
    public async Task What_OpenAI_knows_and_has_no_effect_here_is_taken_without_a_word()
    {
        using HttpResponseMessage response = await _server.SendAsync(
            Path,
            """{"model": "demo", "prompt": "x", "max_tokens": 1, "user": "me", "suffix": null, "best_of": null, "n": null}"""
        );
        Assert.True(response.IsSuccessStatusCode);
        Assert.False(response.Headers.Contains("X-Simper-Warning"));
    }

    [Fact]
    public async Task Biases_forbid_and_force_tokens()
    {
        JsonNode forced = await _server.AnswerAsync(
            Path,
            """{"model": "demo", "prompt": "Say", "max_tokens": 3, "logit_bias": {"65": 100}, "logprobs": 0}"""
        );
        string[] tokens = [.. forced["choices"]![0]!["logprobs"]!["tokens"]!.AsArray().Select(t => (string)t!)];
        Assert.Single(tokens.Distinct());
        Assert.Null(forced["choices"]![0]!["logprobs"]!["top_logprobs"]);
    }

    [Fact]
    public async Task The_best_of_several_is_the_likeliest_per_token()
    {
        const string request =
            """{"model": "demo", "prompt": "Say", "max_tokens": 5, "temperature": 2, "seed": 9, "logprobs": 0""";
        JsonNode all = await _server.AnswerAsync(Path, request + ", \"n\": 6}");
        JsonNode best = await _server.AnswerAsync(Path, request + ", \"n\": 2, \"best_of\": 6}");
        string[] wanted =
        [
            .. all["choices"]!
                .AsArray()
                .OrderByDescending(c => c!["logprobs"]!["token_logprobs"]!.AsArray().Average(v => (double)v!))
                .Take(2)
                .Select(c => (string)c!["text"]!),
        ];
        Assert.Equal<string>(wanted, [Text(best), Text(best, 1)]);
    }

    [Fact]
    public async Task Characters_of_several_tokens_come_whole_in_a_stream()
    {
        // The four bytes of an emoji, each a token of the byte-level vocabulary, forced one after the other by the prompt's echo.
        JsonNode ids = await _server.AnswerAsync("/tokenize", """{"prompt": "😀é", "add_special_tokens": false}""");
        List<string> events = await _server.StreamAsync(
            Path,
            $$"""
            {"model": "demo", "prompt": {{ids["tokens"]!.ToJsonString()}}, "echo": true, "logprobs": 1, "max_tokens": 0,
             "stream": true}
            """
        );
        JsonNode chunk = JsonNode.Parse(events[0])!["choices"]![0]!;
        Assert.Equal("😀é", (string)chunk["text"]!);
        string[] names = [.. chunk["logprobs"]!["tokens"]!.AsArray().Select(t => (string)t!)];
        if (names.Length > 2)
            Assert.Contains(names, n => n.StartsWith("bytes:\\x", StringComparison.Ordinal));
        Assert.Equal(0, (int)chunk["logprobs"]!["text_offset"]![0]!);
        Assert.All(events[..^1], e => Assert.DoesNotContain("\ufffd", e, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_large_batch_is_answered_whole()
    {
        var prompts = new StringBuilder();
        for (int i = 0; i < 100; i++)
            prompts.Append(i == 0 ? "" : ",").Append(System.Globalization.CultureInfo.InvariantCulture, $"[{100 + i},{i}]");
        JsonNode answer = await _server.AnswerAsync(
            Path,
            $$"""{"model": "demo", "prompt": [{{prompts}}], "max_tokens": 1, "echo": true, "logprobs": 1, "temperature": 0}"""
        );
        Assert.Equal(Enumerable.Range(0, 100), answer["choices"]!.AsArray().Select(c => (int)c!["index"]!));
        Assert.Equal(200, (int)answer["usage"]!["prompt_tokens"]!);
    }
}
