using Simper.Text.Preferences;

namespace Simper.Text.Doctor.Checks;

/// <summary>Start and stop tokens, cuts, and tokens that the vocabulary lacks.</summary>
internal sealed class TokenChecks : IRowCheck
{
    public static readonly Check DoubleBos = new(
        "double-bos",
        Grade.Error,
        "the sequence begins with two start tokens",
        "The model never saw that; likelihoods shift by much, and at inference there will be one.",
        "Take the start token out of the text, or out of the chat template."
    )
    {
        IsMended = true,
    };

    public static readonly Check NoBos = new(
        "missing-bos",
        Grade.Warning,
        "the sequence lacks the start token that the tokenizer puts in front of texts",
        "Models with a start token expect it at the first place; without it likelihoods are off.",
        "Let the chat template begin with bos_token; with truncation_mode keep_end, take keep_start."
    );

    public static readonly Check NoKnownStop = new(
        "no-known-stop-token",
        Grade.Error,
        "the model's files name no stop token",
        "Answers end without one; the model never learns to stop.",
        "Give eos_token in tokenizer_config.json, or eos_token_id in generation_config.json."
    );

    public static readonly Check NoStop = new(
        "no-stop-token",
        Grade.Error,
        "an answer has no stop token at its end",
        "The model never learns to stop.",
        "Let the chat template end answers with the model's eos_token, or give the id of the one that it writes "
            + "as eos_token_id in generation_config.json."
    );

    public static readonly Check UnscoredStop = new(
        "unscored-stop-token",
        Grade.Error,
        "an answer's stop token is not scored",
        "The model never learns to stop.",
        "Let the stop token follow the answer in the chat template; compatibility strict scores it there."
    );

    public static readonly Check DoubleEos = new(
        "double-eos",
        Grade.Warning,
        "an answer ends with two stop tokens",
        "The second one is learnt behind the first, where generation has already ended.",
        "Take the end token out of the text: the template or tokenizer adds it."
    )
    {
        IsMended = true,
    };

    public static readonly Check Cut = new(
        "cut-answer",
        Grade.Warning,
        "an answer is cut to max_length, and loses its stop token",
        "Of such an answer the model learns a beginning without an end.",
        "Raise max_length, take truncation_mode drop, or shorten the row."
    );

    public static readonly Check CutStart = new(
        "cut-start",
        Grade.Warning,
        "the beginning of the sequence is cut to max_length",
        "The prompt loses its start token and its first turns.",
        "Raise max_length, take truncation_mode drop, or shorten the row."
    );

    public static readonly Check CutToNothing = new(
        "cut-to-nothing",
        Grade.Warning,
        "the row does not fit into max_length: nothing is left of an answer, or the answers are equal after cutting",
        "The row is dropped; programs that keep it train on 0/0.",
        "Raise max_length, or shorten the prompt."
    );

    public static readonly Check TooLong = new(
        "too-long",
        Grade.Warning,
        "the row is longer than max_length and left out",
        "What it teaches is lost.",
        "Raise max_length, or shorten the row."
    );

    public static readonly Check Unknown = new(
        "unknown-tokens",
        Grade.Warning,
        "characters are not in the model's vocabulary",
        "They become the unknown token: their content is lost, and the model learns to write it.",
        "Take the characters out, or choose a model that knows them."
    );

    public static readonly Check Straddling = new(
        "token-across-the-prompts-end",
        Grade.Note,
        "a token would stand across the end of the prompt",
        "Tokenized together, prompt and answer differ from the prompt that generation sees; strict keeps the prompt's own "
            + "tokens, the modes of other programs do not.",
        "With plain texts, let the answer begin with the space, not the prompt end with it."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [DoubleBos, NoBos, NoKnownStop, NoStop, UnscoredStop, DoubleEos, Cut, CutStart, CutToNothing, TooLong, Unknown, Straddling];

    private readonly ModelText _model;
    private readonly int? _bos;
    private readonly bool _addsBos;
    private readonly HashSet<int> _unknown;

    public TokenChecks(ModelText model)
    {
        _model = model;
        _bos = model.BosId;
        _addsBos = _bos is { } bos && model.Tokenizer.EncodeToIds("a", addSpecialTokens: true) is [var first, ..] && first == bos;
        _unknown = [.. ((string[])["<unk>", "[UNK]", "<UNK>", "<|unk|>"]).Select(model.Tokenizer.IdOf).OfType<int>()];
    }

    public void Look(ExaminedRow row)
    {
        if (row.Tokens is not { } tokens)
            return;
        if (tokens.Straddled)
            row.Add(Straddling, "");
        if (tokens.Drop is { } drop)
            LookAtDropped(row, drop.Reason);
        else
            LookAt(row, tokens.Group!);
    }

    private static void LookAtDropped(ExaminedRow row, string reason)
    {
        if (reason is DropReasons.TooLong)
            row.Add(TooLong, "");
        else if (
            reason is DropReasons.CutToNothing or DropReasons.CutToNaN or DropReasons.PromptFills or DropReasons.EqualAfterCutting
        )
            row.Add(CutToNothing, reason);
    }

    private void LookAt(ExaminedRow row, TokenizedGroup group)
    {
        bool keepsEnd = _model.Options.Truncation == TruncationMode.KeepEnd;
        for (int a = 0; a < group.Answers.Length; a++)
        {
            TokenizedAnswer answer = group.Answers[a];
            if (a == 0 || group.Prompt.Length < 2)
                LookAtStart(row, group.Prompt, answer);
            if (answer.WasCut)
                row.Add(keepsEnd ? CutStart : Cut, $"{row.NameOf(a)}, {group.Prompt.Length + answer.Ids.Length} tokens are kept");
            if (!answer.WasCut || keepsEnd)
                LookAtStop(row, answer, a);
            int unknown = _unknown.Count == 0 ? 0 : answer.Ids.Count(_unknown.Contains);
            if (unknown > 0)
                row.Add(Unknown, $"{row.NameOf(a)}, {unknown}");
        }
        if (_unknown.Count > 0 && group.Prompt.Count(_unknown.Contains) is > 0 and var inPrompt)
            row.Add(Unknown, $"prompt, {inPrompt}");
    }

    private void LookAtStart(ExaminedRow row, int[] prompt, TokenizedAnswer answer)
    {
        if (_bos is not { } bos)
            return;
        ReadOnlySpan<int> first =
            prompt.Length >= 2 ? prompt.AsSpan(0, 2) : [.. prompt, .. answer.Ids.AsSpan(0, Math.Min(2, answer.Ids.Length))];
        if (first.Length > 1 && first[0] == bos && first[1] == bos)
            row.Add(DoubleBos, "");
        if (_addsBos && first.Length > 0 && first[0] != bos)
            row.Add(NoBos, answer.WasCut ? "it was cut off" : "");
    }

    private void LookAtStop(ExaminedRow row, TokenizedAnswer answer, int a)
    {
        if (_model.Stops.Count == 0)
            return; // said once for the file
        int last = Array.LastIndexOf(answer.IsScored, true);
        int stop = Array.FindLastIndex(answer.Ids, _model.Stops.Contains);
        if (stop < 0)
            row.Add(NoStop, row.NameOf(a));
        else if (stop > last || !answer.IsScored[stop])
            row.Add(UnscoredStop, row.NameOf(a));
        // behind a stop token other programs score what the template writes, usually a line break
        else if (last - stop > 2)
            row.Add(NoStop, row.NameOf(a));
        else if (stop > 0 && answer.IsScored[stop - 1] && answer.Ids[stop - 1] == answer.Ids[stop])
            row.Add(DoubleEos, row.NameOf(a));
    }
}
