using System.Text.Json.Nodes;

namespace Simper.Server.Tests.Hosting;

/// <summary>Requests that cannot be answered: a good one with one thing wrong, and the field that is.</summary>
internal static class BadRequests
{
    private static readonly string[] NoNumber = ["\"1\"", "true", "[]", "{}", "1e999"];
    private static readonly string[] NoWhole = [.. NoNumber, "0.5", "-1", "99999999999999999999", "-9223372036854775808"];
    private static readonly string[] NoText = ["1", "true", "{}", "[[]]"];
    private static readonly string[] NoFlag = ["\"true\"", "1", "[]", "{}"];
    private static readonly string[] NoObject = ["\"x\"", "1", "[]", "true"];

    private static readonly (string Field, string[] Values)[] Shared =
    [
        ("model", [.. NoText, "\"\"", "\"other\"", "\"../../etc/passwd\"", "null"]),
        ("temperature", [.. NoNumber, "-0.1", "10.1"]),
        ("top_p", [.. NoNumber, "-0.1", "1.1"]),
        ("min_p", [.. NoNumber, "-0.1", "1.1"]),
        ("top_k", [.. NoNumber, "0.5", "-2", "99999999999999999999"]),
        ("presence_penalty", [.. NoNumber, "-2.1", "2.1"]),
        ("frequency_penalty", [.. NoNumber, "-2.1", "2.1"]),
        ("repetition_penalty", [.. NoNumber, "0", "-1"]),
        ("seed", [.. NoNumber, "0.5", "99999999999999999999"]),
        ("n", [.. NoWhole, "0", "17", "1000000000"]),
        ("max_tokens", [.. NoWhole, "257", "2147483648"]),
        ("stream", NoFlag),
        ("stream_options", [.. NoObject, "{}", "{\"include_usage\": true}"]),
        ("stop", [.. NoText, "\"\"", "[\"\"]", "[1]", "[null]", $"[{string.Join(',', Enumerable.Repeat("\"a\"", 33))}]"]),
        ("stop", [$"\"{new string('a', 1025)}\""]),
        (
            "logit_bias",
            [.. NoObject, "{\"a\": 1}", "{\"-1\": 1}", "{\"640\": 1}", "{\"1\": 101}", "{\"1\": \"1\"}", "{\"1\": null}"]
        ),
    ];

    private static readonly (string Field, string[] Values)[] OfChat =
    [
        ("messages", [.. NoText, "null", "[]", "\"hi\"", "[1]", "[null]", "[\"hi\"]", "[{}]", "[{\"role\": \"user\"}]"]),
        (
            "messages",
            ["[{\"content\": \"x\"}]", "[{\"role\": \"x\", \"content\": \"x\"}]", "[{\"role\": 1, \"content\": \"x\"}]"]
        ),
        ("messages", ["[{\"role\": \"user\", \"content\": 1}]", "[{\"role\": \"user\", \"content\": {}}]"]),
        ("messages", ["[{\"role\": \"user\", \"content\": [1]}]", "[{\"role\": \"user\", \"content\": [{\"text\": \"x\"}]}]"]),
        (
            "messages",
            [
                "[{\"role\": \"user\", \"content\": [{\"type\": \"image_url\", \"image_url\": {\"url\": \"http://x\"}}]}]",
                "[{\"role\": \"user\", \"content\": [{\"type\": \"text\"}]}]",
                "[{\"role\": \"assistant\", \"tool_calls\": 1}]",
                "[{\"role\": \"assistant\", \"tool_calls\": [1]}]",
                "[{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {}}]}]",
                "[{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": {}}}]}]",
                "[{\"role\": \"tool\"}]",
                $"[{{\"role\": \"user\", \"content\": \"{string.Join(' ', Enumerable.Repeat("word", 3000))}\"}}]",
            ]
        ),
        ("max_completion_tokens", [.. NoWhole, "0", "257"]),
        ("logprobs", NoFlag),
        ("top_logprobs", [.. NoWhole, "21", "1"]),
        ("response_format", [.. NoObject, "{}", "{\"type\": 1}", "{\"type\": \"xml\"}", "{\"type\": \"json_schema\"}"]),
        (
            "response_format",
            ["{\"type\": \"json_schema\", \"json_schema\": {}}", "{\"type\": \"json_schema\", \"json_schema\": []}"]
        ),
        ("response_format", ["{\"type\": \"json_schema\", \"json_schema\": {\"name\": \"x\", \"schema\": 1}}"]),
        (
            "tools",
            [
                .. NoObject[..2],
                "[1]",
                "[{}]",
                "[{\"type\": \"function\"}]",
                "[{\"type\": \"x\", \"function\": {\"name\": \"f\"}}]",
            ]
        ),
        ("tools", ["[{\"type\": \"function\", \"function\": {\"name\": 1}}]", "[{\"type\": \"function\", \"function\": {}}]"]),
        ("tool_choice", ["1", "\"any\"", "\"required\"", "{\"type\": \"function\", \"function\": {\"name\": \"f\"}}"]),
        ("functions", ["[]", "[{\"name\": \"f\"}]"]),
        ("modalities", ["[\"audio\"]", "\"text\"", "[1]"]),
        ("audio", ["{}"]),
        ("chat_template_kwargs", NoObject),
    ];

    private static readonly (string Field, string[] Values)[] OfCompletions =
    [
        (
            "prompt",
            ["null", "1", "true", "{}", "[]", "[[]]", "[\"a\", 1]", "[1, \"a\"]", "[[1], \"a\"]", "[\"a\", [1]]", "[null]"]
        ),
        ("prompt", ["[-1]", "[640]", "[1.5]", "[99999999999]", "[[1, -1]]", "[[1], []]", "[[[1]]]", "[true]", "[{}]"]),
        (
            "prompt",
            [$"[{string.Join(',', Enumerable.Repeat("1", 256))}]", $"[{string.Join(',', Enumerable.Repeat("[1]", 513))}]"]
        ),
        ("prompt", [$"\"{string.Join(' ', Enumerable.Repeat("word", 3000))}\"", $"\"{new string('a', 2_000_000)}\""]),
        ("best_of", [.. NoWhole, "0", "17"]),
        ("logprobs", [.. NoWhole, "21"]),
        ("echo", NoFlag),
        ("suffix", ["\"x\"", "1"]),
        ("add_special_tokens", NoFlag),
    ];

    /// <summary>What is not even an object of parameters.</summary>
    public static readonly string[] NoObjects =
    [
        "",
        " ",
        "{",
        "[]",
        "1",
        "null",
        "\"x\"",
        "{\"model\": \"demo\",}",
        "{'model': 'demo'}",
        "{\"model\": \"demo\"} x",
        "{\"model\": \"demo\", \"model\": \"demo\"}",
        "{\"model\": NaN}",
        "{\"model\": \"\\ud800\"}",
        "{\"\\udc00\": 1}",
        "{\"model\": \"demo\", \"x\": " + new string('[', 100) + new string(']', 100) + "}",
        "\u0000",
        "\ufeff{}",
    ];

    private const string Chat = """{"model": "demo", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 2}""";
    private const string Completion = """{"model": "demo", "prompt": "Hi", "max_tokens": 2}""";

    /// <summary>All of them.</summary>
    public static IEnumerable<(string Path, string Body, string? Field)> All()
    {
        foreach (string path in (string[])["/v1/chat/completions", "/v1/completions"])
        {
            bool isChat = path.Contains("chat", StringComparison.Ordinal);
            string good = isChat ? Chat : Completion;
            foreach (string text in NoObjects)
                yield return (path, text, null);
            foreach ((string field, string[] values) in Shared.Concat(isChat ? OfChat : OfCompletions))
            {
                foreach (string value in values)
                {
                    JsonObject request = JsonNode.Parse(good)!.AsObject();
                    request.Remove(field);
                    yield return (path, request.ToJsonString()[..^1] + $", \"{field}\": {value}}}", field);
                }
            }
        }
        foreach (string path in (string[])["/tokenize", "/detokenize"])
        {
            foreach (
                string text in NoObjects
                    .Append("{}")
                    .Append("{\"prompt\": 1, \"tokens\": 1}")
                    .Append("{\"tokens\": [-1], \"prompt\": [1]}")
            )
                yield return (path, text, null);
        }
    }
}
