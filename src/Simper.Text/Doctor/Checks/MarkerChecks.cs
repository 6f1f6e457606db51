using System.Buffers;
using Simper.Text.Preferences;
using Simper.Text.Tokenization;

namespace Simper.Text.Doctor.Checks;

/// <summary>Markers of templates within texts: the model's own special tokens, those of other models, and other turns.</summary>
internal sealed class MarkerChecks : IRowCheck
{
    public static readonly Check Special = new(
        "special-token-in-text",
        Grade.Error,
        "a special token of the model stands in a text",
        "It is tokenized as the token itself: a turn ends, or another begins, in the middle of a message.",
        "Take it out: the chat template writes such tokens."
    );

    public static readonly Check Foreign = new(
        "foreign-marker",
        Grade.Warning,
        "a marker of another model's template stands in a text",
        "The text was rendered before; this model's template is put around it, and the markers are learnt as text.",
        "Give the conversation as messages, or take the markers out."
    );

    public static readonly Check RunsOn = new(
        "answer-runs-on",
        Grade.Warning,
        "an answer goes on with another turn (\"Human:\", \"User:\", \"### Instruction\")",
        "It was not stopped where it was generated; the model learns to ask itself.",
        "Cut the answer where the turn begins, or split it into messages."
    );

    public static readonly Check Media = new(
        "media-placeholder",
        Grade.Warning,
        "a placeholder of a picture or recording stands in a text",
        "The row belongs to a model with other inputs than text; without them its answer cannot be learnt.",
        "Take such rows out."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Special, Foreign, RunsOn, Media];

    private static readonly SearchValues<string> Images = SearchValues.Create(
        ["<image>", "<video>", "<audio>", "<|image_pad|>", "<|vision_start|>", "<image_placeholder>", "[IMG]", "<|audio|>"],
        StringComparison.Ordinal
    );

    private static readonly string[] Markers =
    [
        "[INST]",
        "[/INST]",
        "<<SYS>>",
        "<</SYS>>",
        "[SYSTEM_PROMPT]",
        "<|im_start|>",
        "<|im_end|>",
        "<|im_sep|>",
        "<|begin_of_text|>",
        "<|end_of_text|>",
        "<|start_header_id|>",
        "<|end_header_id|>",
        "<|eot_id|>",
        "<|eom_id|>",
        "<start_of_turn>",
        "<end_of_turn>",
        "<|user|>",
        "<|assistant|>",
        "<|system|>",
        "<|end|>",
        "<|endoftext|>",
        "<|startoftext|>",
        "<|prompter|>",
        "<|START_OF_TURN_TOKEN|>",
        "<|END_OF_TURN_TOKEN|>",
        "<|USER_TOKEN|>",
        "<|CHATBOT_TOKEN|>",
        "<|header_start|>",
        "<|eot|>",
        "<|message|>",
        "<|channel|>",
        "<\uff5cUser\uff5c>",
        "<\uff5cAssistant\uff5c>",
        "<\uff5cbegin\u2581of\u2581sentence\uff5c>",
        "<\uff5cend\u2581of\u2581sentence\uff5c>",
        "### Instruction:",
        "### Response:",
        "### Assistant:",
        "### Human:",
        "### User:",
        "<extra_id_0>",
        "<extra_id_1>",
        "<bot>:",
        "<human>:",
    ];

    private static readonly SearchValues<string> Others = SearchValues.Create(Markers, StringComparison.Ordinal);

    // The last ones are words as well: a dialogue that was asked for has them.
    private static readonly string[] TurnMarkers =
    [
        "\n### Instruction:",
        "\n### Human:",
        "\n### User:",
        "\n<|user|>",
        "\n\nHuman:",
        "\nHuman:",
        "\nUser:",
        "\nUSER:",
    ];

    private static readonly string[] Dialogues = ["human", "user", "dialog", "conversation", "chat", "role"];

    private static readonly SearchValues<string> Turns = SearchValues.Create(TurnMarkers, StringComparison.Ordinal);

    private static readonly SearchValues<string> AsksForDialogue = SearchValues.Create(
        Dialogues,
        StringComparison.OrdinalIgnoreCase
    );

    private readonly string[] _own;
    private readonly SearchValues<string> _special;

    public MarkerChecks(Tokenizer tokenizer)
    {
        // Tokens of one or two characters would be found everywhere, and are hardly format.
        _own =
        [
            .. Enumerable
                .Range(0, tokenizer.VocabularySize)
                .Where(tokenizer.IsSpecial)
                .Select(i => tokenizer.TokenOf(i)!)
                .Where(t => t.Length > 2),
        ];
        _special = SearchValues.Create(_own, StringComparison.Ordinal);
    }

    public void Look(ExaminedRow row)
    {
        foreach (RowText text in row.Texts)
        {
            string own = First(text.Text, _special, _own);
            if (own.Length > 0)
                row.Add(Special, $"{row.Where(text)}: {own}");
            else if (First(text.Text, Others, Markers) is { Length: > 0 } marker)
                row.Add(Foreign, $"{row.Where(text)}: {marker}");
            if (text.Text.AsSpan().ContainsAny(Images))
                row.Add(Media, row.Where(text));
            if (text is { Answer: >= 0, Role: "assistant" } && TurnIn(row, text.Text) is { } turn)
                row.Add(RunsOn, $"{row.Where(text)}: {turn}");
        }
    }

    private static string First(string text, SearchValues<string> values, string[] all)
    {
        int at = text.AsSpan().IndexOfAny(values);
        return at < 0 ? "" : Array.Find(all, t => string.CompareOrdinal(text, at, t, 0, t.Length) == 0) ?? "";
    }

    private static string? TurnIn(ExaminedRow row, string text)
    {
        int at = text.AsSpan().IndexOfAny(Turns);
        if (at < 0)
            return null;
        string marker = First(text, Turns, TurnMarkers);
        bool isWord = char.IsLetter(marker.TrimStart('\n')[0]);
        return isWord && row.Texts.Any(t => t.Answer < 0 && t.Text.AsSpan().ContainsAny(AsksForDialogue)) ? null : marker.Trim();
    }
}
