using Simper.Models;
using Simper.Text.Templates;

namespace Simper.Benchmarks;

/// <summary>Renders prompts in a model's chat template, as the harness does with <c>apply_chat_template</c>.</summary>
/// <param name="files">The model's.</param>
/// <param name="isMultiturn">Whether shots are turns of their own.</param>
internal sealed class ChatPrompt(ModelFiles files, bool isMultiturn)
{
    private readonly ChatTemplate _template =
        files.Templates?.For(hasTools: false)
        ?? throw new SimperException($"{files.Source} has no chat template; leave out --apply_chat_template.");

    /// <summary>The text up to where the model is to go on.</summary>
    /// <param name="turns">The turns; an assistant's at the end is the beginning of the answer.</param>
    public string Render(IReadOnlyList<PromptTurn> turns)
    {
        IReadOnlyList<ChatMessage> messages = isMultiturn ? PromptTurn.Messages(turns) : PromptTurn.SingleTurn(turns);
        try
        {
            return Rendered(messages);
        }
        catch (SimperException) when (messages.Any(m => m.Role == "system"))
        {
            // a template that knows no system message gets none, as in the harness
            return Rendered([.. messages.Where(m => m.Role != "system")]);
        }
    }

    private string Rendered(IReadOnlyList<ChatMessage> messages)
    {
        bool goesOn = messages[^1].Role == "assistant";
        string text = _template.Render(
            messages,
            new TemplateContext
            {
                AddGenerationPrompt = !goesOn,
                BosToken = files.BosToken,
                EosToken = files.EosToken,
                Variables = files.TemplateVariables,
            }
        );
        if (!goesOn)
            return text;
        string begun = messages[^1].Content;
        int at = text.LastIndexOf(begun.Trim(), StringComparison.Ordinal);
        if (at < 0)
            throw new SimperException(
                $"{files.Source}: the chat template does not write the beginning of the answer (gen_prefix)."
            );
        string kept = begun.TrimStart();
        return string.CompareOrdinal(text, at, kept, 0, kept.Length) == 0
            ? text[..(at + kept.Length)]
            : text[..(at + begun.Trim().Length)];
    }
}
