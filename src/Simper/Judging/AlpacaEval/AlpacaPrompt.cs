using Simper.Reports;
using Simper.Text.Templates;

namespace Simper.Judging.AlpacaEval;

/// <summary>
/// What AlpacaEval 2 asks its judge, in the words of the package (tatsu-lab/alpaca_eval, alpaca_eval_clf.txt, Apache License
/// 2.0).
/// </summary>
public static class AlpacaPrompt
{
    private const string Start = "<|im_start|>";
    private const string End = "<|im_end|>";

    /// <summary>The text with its three places, in ChatML.</summary>
    public static string Template { get; } = Resource.Text("alpaca-judge.txt");

    /// <summary>
    /// The text about two answers. Places are filled one after the other, each where it first stands, so that an instruction that
    /// contains <c>{output_1}</c> takes its answer; so does the original.
    /// </summary>
    public static string Fill(string instruction, string baseline, string model, bool isSwitched)
    {
        string text = Filled(Template, "{instruction}", instruction);
        text = Filled(text, "{output_1}", isSwitched ? model : baseline);
        return Filled(text, "{output_2}", isSwitched ? baseline : model);
    }

    /// <summary>The messages of a filled text; an answer with an end mark of ChatML cuts its message there.</summary>
    public static IReadOnlyList<ChatMessage> Messages(string filled) =>
        [
            .. PythonCharacters
                .Strip(filled)
                .Split(Start)
                .Skip(1)
                .Select(part =>
                    part.Split('\n', 2) is [var role, var content]
                        ? new ChatMessage(PythonCharacters.Strip(role), PythonCharacters.Strip(content.Split(End)[0]))
                        : new ChatMessage(PythonCharacters.Strip(part), "")
                ),
        ];

    private static string Filled(string text, string place, string with)
    {
        int at = text.IndexOf(place, StringComparison.Ordinal);
        return at < 0 ? text : text[..at] + with + text[(at + place.Length)..];
    }
}
