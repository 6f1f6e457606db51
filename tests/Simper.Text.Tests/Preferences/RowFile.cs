using System.Text;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Preferences;

/// <summary>Data files for a test: written, read, and gone again.</summary>
internal static class RowFile
{
    public static PreferenceDataset Open(params string[] rows) => Lines(rows, new DatasetOptions());

    public static PreferenceDataset In(Compatibility mode, params string[] rows) =>
        Lines(rows, new DatasetOptions { Compatibility = mode });

    /// <summary>Rows whose columns are renamed.</summary>
    public static PreferenceDataset Mapped(string columns, params string[] rows) =>
        Lines(rows, new DatasetOptions { Columns = ColumnMap.Parse(columns) });

    public static PreferenceDataset Named(string name, byte[] content, Compatibility mode = Compatibility.Strict) =>
        Named(name, content, new DatasetOptions { Compatibility = mode });

    private static PreferenceDataset Lines(string[] rows, DatasetOptions options) =>
        Named("rows.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', rows)), options);

    private static PreferenceDataset Named(string name, byte[] content, DatasetOptions options)
    {
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, name), content);
            return PreferenceDataset.Open(Path.Combine(folder, name), options);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static string Error(params string[] rows) => Assert.Throws<SimperException>(() => Open(rows)).Message;

    /// <summary>A small case from the field.</summary>
    public static string Case(string folder, string file) => SharedFiles.Path("cases", folder, file);

    /// <summary>The tokens of a case's file under one of the cases' templates.</summary>
    public static TokenizedDataset Tokens(string file, string template, Compatibility mode = Compatibility.Strict) =>
        TokenizedDataset.Of(PreferenceDataset.Open(file, mode), Tokenizer(template, mode));

    public static GroupTokenizer Tokenizer(string template, Compatibility mode = Compatibility.Strict) =>
        TrlTokens.Make(
            new TokenizationOptions { Compatibility = mode },
            File.ReadAllText(SharedFiles.Path("cases", "templates", template + ".jinja"))
        );

    /// <summary>Messages as "role: text", one behind the other.</summary>
    public static string Told(IEnumerable<ChatMessage> messages) =>
        string.Join(" | ", messages.Select(m => $"{m.Role}: {m.Content}"));

    /// <summary>A group as its prompt and answers.</summary>
    public static string Told(PreferenceGroup group) =>
        $"{Told(group.Prompt)} -> {string.Join(" / ", group.Answers.Select(Told))}";
}
