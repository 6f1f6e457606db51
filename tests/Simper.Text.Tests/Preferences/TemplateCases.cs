using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Preferences;

/// <summary>SmolLM2's tokenizer with a chat template of one's own, and rows from texts or files.</summary>
internal static class TemplateCases
{
    private static readonly Lazy<Tokenizer> Tokens = new(() =>
        Tokenizer.Load(SharedFiles.Path("models", "smollm2-135m-instruct", "tokenizer.json"))
    );

    public static string Case(params string[] parts) => SharedFiles.Path(["cases", .. parts]);

    public static string Source(string name) => File.ReadAllText(Case("templates", name + ".jinja"));

    public static GroupTokenizer Make(ChatTemplates templates, TokenizationOptions? options = null) =>
        new(Tokens.Value, templates, [2], "<|im_start|>", "<|im_end|>", options);

    public static GroupTokenizer Make(string template, TokenizationOptions? options = null) =>
        Make(ChatTemplate.Parse(template, "t"), options);

    public static PreferenceDataset Rows(IEnumerable<string> lines, Compatibility mode = Compatibility.Strict)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("simper-test-").FullName, "rows.jsonl");
        File.WriteAllLines(file, lines);
        return PreferenceDataset.Open(file, mode);
    }

    public static string Text(IEnumerable<int> ids) => Tokens.Value.Decode([.. ids]);

    /// <summary>Prompt, answer, and what of it is scored, as texts.</summary>
    public static (string Prompt, string Answer, string Scored) Texts(TokenizedGroup group, int answer)
    {
        TokenizedAnswer a = group.Answers[answer];
        return (Text(group.Prompt), Text(a.Ids), Text(a.Ids.Where((_, t) => a.IsScored[t])));
    }
}
