using System.Text;
using Simper.Models;
using Simper.Text.Templates;

namespace Simper.Exports;

/// <summary>
/// The Modelfile that makes a model of Ollama of a .gguf file: its path, its chat template in Ollama's language, where answers
/// end.
/// </summary>
internal static class OllamaModelfile
{
    /// <summary>The file's text, and a note where the template could not be translated.</summary>
    /// <param name="files">The model's files.</param>
    /// <param name="name">The name of the .gguf file beside it.</param>
    public static (string Text, string? Note) Of(ModelFiles files, string name)
    {
        var text = new StringBuilder();
        text.Append("# ollama create NAME -f Modelfile\n").Append("FROM ./").Append(name).Append('\n');
        if (files.TokenizerJson is null)
            return (text.ToString(), null);
        string? template = files.Templates is { } templates
            ? OllamaTemplate.Of(templates.For(hasTools: false), BosThatIsAdded(files), files.BosToken, files.EosToken)
            : "{{ .Prompt }}";
        if (template is not null)
            text.Append("TEMPLATE \"\"\"").Append(template).Append("\"\"\"\n");
        foreach (int id in files.StopIds)
        {
            if (files.Tokenizer.TokenOf(id) is { Length: > 0 } stop && !stop.Contains('"', StringComparison.Ordinal))
                text.Append("PARAMETER stop \"").Append(stop).Append("\"\n");
        }
        return (
            text.ToString(),
            template is null
                ? "the chat template has no counterpart in Ollama's language: the Modelfile leaves it to Ollama to guess one"
                : null
        );
    }

    // What the program that reads the file puts before all texts, and a template that has it too would double.
    private static string? BosThatIsAdded(ModelFiles files)
    {
        int[] plain = files.Tokenizer.EncodeToIds("a");
        int[] whole = files.Tokenizer.EncodeToIds("a", addSpecialTokens: true);
        return whole.Length > plain.Length && whole[0] != plain[0] ? files.Tokenizer.TokenOf(whole[0]) : null;
    }
}
