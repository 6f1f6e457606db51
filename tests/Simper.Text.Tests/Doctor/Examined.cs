using System.Text;
using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Doctor;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Doctor;

/// <summary>Rows under the doctor's eyes, with the tokenizer and template of the bundled model.</summary>
internal static class Examined
{
    private static readonly string Model = Path.Combine(SharedFiles.Repository, "assets", "demo", "model");

    private static readonly Lazy<Tokenizer> Tokens = new(() => Tokenizer.Load(Path.Combine(Model, "tokenizer.json")));

    /// <summary>The bundled model's chat template.</summary>
    public static string Template { get; } =
        (string)JsonNode.Parse(File.ReadAllText(Path.Combine(Model, "tokenizer_config.json")))!["chat_template"]!;

    public static GroupTokenizer Tokenizing(TokenizationOptions? options = null, string? template = null, string? bos = null) =>
        new(Tokens.Value, ChatTemplate.Parse(template ?? Template, "the test's"), [0], bos, "<|end|>", options);

    /// <summary>Examines rows of a file of JSON lines.</summary>
    public static DoctorReport Rows(IEnumerable<string> rows, GroupTokenizer? tokenizer = null, DoctorOptions? options = null)
    {
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        try
        {
            string file = Path.Combine(folder, "rows.jsonl");
            File.WriteAllText(file, string.Join('\n', rows), new UTF8Encoding(false));
            return new DataDoctor(tokenizer ?? Tokenizing(), options).Examine(file, null, TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static DoctorReport Rows(params string[] rows) => Rows((IEnumerable<string>)rows);

    /// <summary>The rows that a check found; empty if it found none.</summary>
    public static int[] Of(this DoctorReport report, string check) =>
        [.. report.Findings.Where(f => f.Check.Id == check).SelectMany(f => f.Rows).Select(r => r.Row)];

    /// <summary>A pair as a line.</summary>
    public static string Pair(string prompt, string chosen, string rejected) =>
        new JsonObject
        {
            ["prompt"] = prompt,
            ["chosen"] = chosen,
            ["rejected"] = rejected,
        }.ToJsonString();
}
