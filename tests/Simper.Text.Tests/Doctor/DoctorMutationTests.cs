using System.Text;
using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Doctor;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Doctor;

/// <summary>Rows with a few places changed: the doctor tells what is wrong, and its copy can be examined again.</summary>
public class DoctorMutationTests
{
    private static readonly JsonObject[] Rows =
    [
        .. Enumerable.Range(1, 4).Select(i => CleanRows.Pair(DeterministicRandom.For(9, "rows"), i)),
        .. Enumerable.Range(1, 4).Select(i => CleanRows.Conversation(DeterministicRandom.For(9, "rows"), i)),
        JsonNode
            .Parse(
                """
                {"prompt": [{"role": "user", "content": "p"}], "chosen": [{"role": "assistant", "content": "c", "tool_calls":
                 [{"type": "function", "function": {"name": "f", "arguments": {"x": 1}}}]}], "rejected": [{"role": "assistant",
                 "content": [{"type": "text", "text": "r"}]}], "tools": [{"type": "function", "function": {"name": "f"}}]}
                """
            )!
            .AsObject(),
        JsonNode.Parse("""{"prompt": "p", "completions": ["a", "b", "c"], "scores": [0.5, 0.25, 1]}""")!.AsObject(),
        JsonNode.Parse("""{"prompt": "p", "completion": "c", "label": true}""")!.AsObject(),
    ];

    [Fact]
    public void Changed_rows_are_findings_and_the_copy_is_whole()
    {
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        CancellationToken cancel = TestContext.Current.CancellationToken;
        GroupTokenizer tokenizer = Examined.Tokenizing(new TokenizationOptions { MaxLength = 200 });
        var doctor = new DataDoctor(tokenizer, new DoctorOptions { Examples = 3 });
        try
        {
            for (int seed = 0; seed < Counts.Of(300, 5_000); seed++)
            {
                JsonObject row = Rows[seed % Rows.Length];
                byte[] good = Encoding.UTF8.GetBytes(row.ToJsonString());
                string file = Path.Combine(folder, "rows.jsonl");
                File.WriteAllBytes(
                    file,
                    [.. good, (byte)'\n', .. new Mutator(seed).Json(row), (byte)'\n', .. new Mutator(seed + 7919).Json(row)]
                );
                try
                {
                    DoctorReport report = doctor.Examine(file, null, cancel);
                    Assert.NotEmpty(DoctorJson.Of(report).ToJsonString());
                    string copy = Path.Combine(folder, "copy.jsonl");
                    new DataMender(tokenizer).Write(report, copy, cancel);
                    if (new FileInfo(copy).Length > 0)
                        Assert.DoesNotContain(doctor.Examine(copy, null, cancel).Findings, f => f.Check.IsMended);
                }
                catch (SimperException e)
                {
                    Assert.False(string.IsNullOrWhiteSpace(e.Message));
                }
                catch (Exception e)
                {
                    Assert.Fail($"seed {seed}: {e}\n{File.ReadAllText(file)}");
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
