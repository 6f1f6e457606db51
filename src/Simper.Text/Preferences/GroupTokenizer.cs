using System.Text.Json.Nodes;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Text.Preferences;

/// <summary>
/// Turns groups into token ids, in the mode of <see cref="TokenizationOptions.Compatibility"/>. Immutable, thread safe.
/// </summary>
public sealed class GroupTokenizer
{
    private readonly ModelText _model;
    private readonly ITokenizationRule _rule;

    /// <param name="tokenizer">The model's.</param>
    /// <param name="template">The model's chat template; null for a base model.</param>
    /// <param name="stopIds">Tokens that end an answer.</param>
    /// <param name="bosToken">The token that begins a sequence, as the template names it.</param>
    /// <param name="eosToken">The token that ends a text.</param>
    /// <param name="options">Lengths and formats.</param>
    /// <exception cref="SimperException">Options that conflict.</exception>
    public GroupTokenizer(
        Tokenizer tokenizer,
        ChatTemplates? template,
        IEnumerable<int> stopIds,
        string? bosToken,
        string? eosToken,
        TokenizationOptions? options = null
    )
    {
        _model = new ModelText(tokenizer, template, [.. stopIds], bosToken, eosToken, options ?? new TokenizationOptions());
        Options.Validate();
        _rule = Options.Compatibility switch
        {
            Compatibility.Strict => new StrictRule(_model),
            Compatibility.Trl => new TrlRule(_model),
            Compatibility.TrlCpo => new TrlCpoRule(_model),
            Compatibility.SimPerReference => new SimPerReferenceRule(_model),
            _ => throw new ArgumentOutOfRangeException(nameof(options), Options.Compatibility, "no such mode"),
        };
    }

    /// <summary>Lengths and formats.</summary>
    public TokenizationOptions Options => _model.Options;

    /// <summary>What is known of the model.</summary>
    internal ModelText Model => _model;

    /// <summary>The source of the chat template; empty without one.</summary>
    internal string TemplateSource =>
        _model.Templates is not { } templates ? "" : string.Join('\n', templates.Sources.Select(s => $"{s.Key}\n{s.Value}"));

    /// <summary>The ids of a group, or why it cannot be used.</summary>
    /// <exception cref="SimperException">The template refused the conversation, or hides where the answer begins: the message
    /// names the row.</exception>
    public TokenizationResult Tokenize(PreferenceGroup group)
    {
        try
        {
            TokenizationResult result = _rule.Tokenize(group);
            if (Options.Truncation == TruncationMode.Raise && result.Drop is { } drop && DropReasons.IsOfLength(drop.Reason))
                throw new SimperException(
                    $"{drop.Reason}, and truncation_mode is raise; shorten the row, give a larger length, or let truncation_mode "
                        + "cut or drop such rows."
                );
            if (result.Group is { } kept && Array.Exists(kept.Answers, a => a.WasCut && !_model.Stops.Contains(a.Ids[^1])))
                result = result with { Notes = result.Notes | RowNotes.StopLost };
            return group.HadNullKeys ? result with { Notes = result.Notes | RowNotes.NullKeys } : result;
        }
        catch (SimperException e)
        {
            throw new SimperException($"{group.Place}: {e.Message}", e);
        }
    }

    /// <summary>The ids of a conversation up to where the assistant begins to speak, for generation.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="tools">Tools that the model may call.</param>
    /// <param name="variables">Variables of the template, which override those of the options.</param>
    public int[] Prompt(IReadOnlyList<ChatMessage> messages, JsonArray? tools = null, JsonObject? variables = null) =>
        _model.Templates is null
            ? _model.Tokenizer.EncodeToIds(ModelText.TextOf(messages), addSpecialTokens: true)
            : _model.Tokenizer.EncodeToIds(
                _model.Render([.. messages.Select(m => m.ToValue())], generation: true, tools, variables)
            );
}

/// <summary>A group as token ids, or why it was dropped.</summary>
/// <param name="Group">The ids, or null.</param>
/// <param name="Drop">The row and the reason, or null.</param>
/// <param name="Straddled">Whether a token would have spanned the end of the prompt.</param>
public sealed record TokenizationResult(TokenizedGroup? Group, DroppedRow? Drop, bool Straddled)
{
    /// <summary>Notes on it.</summary>
    internal RowNotes Notes { get; init; }

    internal static TokenizationResult Dropped(PreferenceGroup group, string reason) =>
        new(null, new DroppedRow(group.Row, group.Place, reason), false);
}
