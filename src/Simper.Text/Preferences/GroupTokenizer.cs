using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Text.Preferences;

/// <summary>
/// Turns groups into token ids. Where an answer starts is known from rendering: it is what the rendering of prompt and answer has
/// behind the rendering of the prompt. Immutable, thread safe.
/// </summary>
public sealed class GroupTokenizer
{
    private readonly Tokenizer _tokenizer;
    private readonly ChatTemplate? _template;
    private readonly HashSet<int> _stops;
    private readonly string? _bos, _eos;

    /// <param name="tokenizer">The model's.</param>
    /// <param name="template">The model's chat template; null for a base model.</param>
    /// <param name="stopIds">Tokens that end an answer.</param>
    /// <param name="bosToken">The token that begins a sequence, as the template names it.</param>
    /// <param name="eosToken">The token that ends a text.</param>
    /// <param name="options">Lengths and formats.</param>
    public GroupTokenizer(Tokenizer tokenizer, ChatTemplate? template, IEnumerable<int> stopIds, string? bosToken, string? eosToken, TokenizationOptions? options = null)
    {
        (_tokenizer, _template, _bos, _eos, _stops) = (tokenizer, template, bosToken, eosToken, [.. stopIds]);
        Options = options ?? new TokenizationOptions();
        if (Options.MaxLength < 2)
            throw new SimperException($"max_length is {Options.MaxLength}; a prompt and an answer need at least 2 tokens.");
    }

    /// <summary>Lengths and formats.</summary>
    public TokenizationOptions Options { get; }

    /// <summary>The ids of a group, or why it cannot be used.</summary>
    /// <exception cref="SimperException">The template refused the conversation, or hides where the answer begins: the row is named.</exception>
    public TokenizationResult Tokenize(PreferenceGroup group)
    {
        try
        {
            bool asText = group.IsText && (_template is null || Options.Format == DatasetFormat.Text);
            if (_template is null && !asText)
                throw new SimperException("the model has no chat template, and the row is a conversation; give a chat_template, or rows of plain texts.");
            var prompts = new GroupPrompt(_tokenizer, _stops);
            ConversationRenderer? renderer = asText ? null : new ConversationRenderer(Render, group);
            int[]? prompt = null;
            var answers = new List<TokenizedAnswer>(group.Answers.Count);
            bool straddled = false;
            foreach (IReadOnlyList<ChatMessage> answer in group.Answers)
            {
                (int[] ids, TokenizedAnswer tokens, bool straddles) = Joint(prompts, renderer?.Of(answer) ?? Text(group, answer), addSpecialTokens: asText);
                if (prompt is not null && !prompt.AsSpan().SequenceEqual(ids))
                    throw new SimperException("the prompt is rendered differently for its answers; such rows cannot be used with this chat template.");
                prompt = ids;
                answers.Add(tokens);
                straddled |= straddles;
            }
            return Fitted(group, prompt!, answers, straddled);
        }
        catch (SimperException e)
        {
            throw new SimperException($"{group.Place}: {e.Message}", e);
        }
    }

    /// <summary>The ids of a conversation up to where the assistant begins to speak, for generation.</summary>
    public int[] Prompt(IReadOnlyList<ChatMessage> messages, System.Text.Json.Nodes.JsonArray? tools = null) => _template is null
        ? _tokenizer.EncodeToIds(string.Concat(messages.Select(m => m.Content)), addSpecialTokens: true)
        : _tokenizer.EncodeToIds(Render([.. messages.Select(m => m.ToValue())], generation: true, tools));

    private SpokenText Text(PreferenceGroup group, IReadOnlyList<ChatMessage> answer)
    {
        string prompt = string.Concat(group.Prompt.Select(m => m.Content)), text = string.Concat(answer.Select(m => m.Content));
        if (_eos is not null && !text.EndsWith(_eos, StringComparison.Ordinal))
            text += _eos;
        return new SpokenText(prompt + text, prompt.Length, [(prompt.Length, prompt.Length + text.Length)]);
    }

    // Rendered texts are encoded without special tokens: the template writes them itself.
    private (int[] Prompt, TokenizedAnswer Answer, bool Straddles) Joint(GroupPrompt prompts, SpokenText text, bool addSpecialTokens)
    {
        (string whole, int boundary, List<(int Start, int End)> spoken) = text;
        int[] prompt = prompts.Encode(whole.AsSpan(0, boundary), addSpecialTokens);
        TokenBuffer found = TokenBuffer.Take();
        bool straddles = !prompts.TryEncodeBehind(whole, addSpecialTokens, found);
        if (straddles)
        {
            // A token would hold the end of the prompt and the start of the answer. In use the model reads the prompt alone, so that is kept.
            found.Clear();
            _tokenizer.Encode(whole[boundary..], addSpecialTokens: false, found);
            found.Shift(boundary);
        }
        TokenizedAnswer answer = Scored(found.Ids, found.Parts, spoken);
        TokenBuffer.Give(found);
        return (prompt, answer, straddles);
    }

    private TokenizedAnswer Scored(ReadOnlySpan<int> ids, ReadOnlySpan<(int Start, int End)> offsets, List<(int Start, int End)> spoken)
    {
        var scored = new bool[ids.Length];
        int end = 0;
        foreach ((int start, int stop) in spoken)
        {
            int from = 0, to = 0;
            while (from < ids.Length && offsets[from].End <= start && offsets[from].Start < start)
                from++;
            while (to < ids.Length && offsets[to].Start < stop)
                to++;
            if (to <= from)
                continue; // nothing was said
            // What the template writes behind the end-of-turn token (a line break, mostly) is not said by the model.
            int last = to - 1;
            while (last >= from && !_stops.Contains(ids[last]))
                last--;
            to = last >= from ? last + 1 : to;
            Array.Fill(scored, true, from, to - from);
            end = to;
        }
        return new TokenizedAnswer { Ids = ids[..end].ToArray(), IsScored = scored[..end] };
    }

    private TokenizationResult Fitted(PreferenceGroup group, int[] prompt, List<TokenizedAnswer> answers, bool straddled)
    {
        int room = Options.MaxLength - prompt.Length;
        bool tooLong = answers.Any(a => a.Ids.Length > room);
        if (room < 1)
            return TokenizationResult.Dropped(group, "the prompt alone fills max_length");
        if (tooLong && Options.Truncation == TruncationMode.Drop)
            return TokenizationResult.Dropped(group, "it is longer than max_length");
        TokenizedAnswer[] fitted = [.. answers.Select(a => a.Ids.Length <= room ? a
            : new TokenizedAnswer { Ids = a.Ids[..room], IsScored = a.IsScored[..room], WasCut = true })];
        if (fitted.Any(a => !a.IsScored.Contains(true) || (prompt.Length == 0 && !a.IsScored.AsSpan(1).Contains(true))))
            return TokenizationResult.Dropped(group, tooLong ? "an answer would be cut to nothing" : "an answer has no token to score");
        if (fitted.Length > 1 && fitted[0].Ids.AsSpan().SequenceEqual(fitted[1].Ids))
            return TokenizationResult.Dropped(group, "the answers are equal after cutting");
        return new TokenizationResult(new TokenizedGroup { Prompt = prompt, Answers = fitted, Row = group.Row }, null, straddled);
    }

    private string Render(List<object?> messages, bool generation, System.Text.Json.Nodes.JsonArray? tools) => _template!.Render(messages, new TemplateContext
    {
        AddGenerationPrompt = generation,
        BosToken = _bos,
        EosToken = _eos,
        Tools = tools,
        Variables = Options.TemplateVariables,
    });
}

/// <summary>A group as token ids, or why it was left out.</summary>
/// <param name="Group">The ids, or null.</param>
/// <param name="Drop">The row and the reason, or null.</param>
/// <param name="Straddled">Whether a token would have stood across the end of the prompt.</param>
public sealed record TokenizationResult(TokenizedGroup? Group, DroppedRow? Drop, bool Straddled)
{
    internal static TokenizationResult Dropped(PreferenceGroup group, string reason) => new(null, new DroppedRow(group.Row, group.Place, reason), false);
}
