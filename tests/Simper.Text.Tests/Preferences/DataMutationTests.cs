using System.Text;
using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>Rows of every layout with a few places changed: a sentence with the line, or rows.</summary>
public class DataMutationTests
{
    private static readonly JsonNode[] Rows =
    [
        .. (
            (string[])
                [
                    """{"prompt": "p", "chosen": "c", "rejected": "r", "score": 1}""",
                    """
                        {"prompt": [{"role": "user", "content": "p"}], "chosen": [{"role": "assistant", "content": "c"}],
                         "rejected": [{"role": "assistant", "content": [{"type": "text", "text": "r"}]}],
                         "tools": [{"type": "function", "function": {"name": "f"}}]}
                        """,
                    """{"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: a\n\nAssistant: c"}""",
                    """{"prompt": "p", "completion": "c", "label": true}""",
                    """
                        {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "p"}, {"role": "assistant",
                         "content": "c", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}], "label": false}
                        """,
                    """
                        {"conversations": [{"from": "human", "value": "p"}], "chosen": {"from": "gpt", "value": "c"},
                         "rejected": {"from": "gpt", "value": "r"}}
                        """,
                    """{"prompt": "p", "completions": ["a", "b", "c"], "scores": [0.5, 0.25, 1], "ranks": [2, 1, 3]}""",
                    """{"instruction": "i", "input": "x", "output": ["a", "b"]}""",
                ]
        ).Select(r => JsonNode.Parse(r)!),
    ];

    [Fact]
    public void A_changed_row_is_refused_by_a_sentence_or_read()
    {
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        string path = Path.Combine(folder, "rows.jsonl");
        try
        {
            MutationRun.Read(
                16,
                "rows of data (JSON lines)",
                Counts.Of(1_000, 20_000),
                seed =>
                {
                    byte[] good = Encoding.UTF8.GetBytes(Rows[seed % Rows.Length].ToJsonString());
                    return [.. good, (byte)'\n', .. new Mutator(seed).Json(Rows[seed % Rows.Length])];
                },
                file =>
                {
                    File.WriteAllBytes(path, file);
                    foreach (PreferenceGroup group in PreferenceDataset.Open(path))
                        Assert.NotEmpty(group.Answers);
                }
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
