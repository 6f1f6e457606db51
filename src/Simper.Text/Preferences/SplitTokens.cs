namespace Simper.Text.Preferences;

/// <summary>
/// The ids of a prompt and of an answer as TRL's CPO and the authors' code split them: both are strings, encoded without special
/// tokens, and the split is where the prompt's own ids end, or one token earlier if the whole does not begin with them.
/// </summary>
internal readonly record struct SplitTokens(int[] Prompt, int[] Answer)
{
    public int Length => Prompt.Length + Answer.Length;

    /// <summary>
    /// The split ids of a prompt with each of its answers, with missing start and end tokens added.
    /// </summary>
    /// <exception cref="SimperException">The ids are inconsistent; TRL stops there as well.</exception>
    public static SplitTokens[] Of(ModelText model, string prompt, IReadOnlyList<string> answers, out bool straddled)
    {
        int[] alone = model.Tokenizer.EncodeToIds(prompt);
        var split = new SplitTokens[answers.Count];
        straddled = false;
        for (int i = 0; i < split.Length; i++)
        {
            int[] whole = model.Tokenizer.EncodeToIds(prompt + answers[i]);
            if (whole.Length < alone.Length)
                throw new SimperException(
                    "the prompt has more tokens alone than with an answer behind it, so it is not known where the "
                        + "answer begins; TRL's CPO refuses such rows too."
                );
            bool merged = !whole.AsSpan().StartsWith(alone);
            int boundary = Math.Max(0, alone.Length - (merged ? 1 : 0));
            split[i] = new SplitTokens(whole[..boundary], whole[boundary..]);
            ExpectAlike(split[0].Prompt, split[i].Prompt);
            straddled |= merged;
        }
        return [.. split.Select(s => s.Framed(model.BosId, model.EosId))];
    }

    private static void ExpectAlike(int[] first, int[] other)
    {
        int different = first.Zip(other).Count(pair => pair.First != pair.Second);
        if (different > 1 || Math.Abs(first.Length - other.Length) > 1)
            throw new SimperException(
                "the prompt's tokens differ between its answers by more than the last one; TRL's CPO refuses such rows too."
            );
    }

    private SplitTokens Framed(int? bos, int? eos) =>
        new(
            bos is { } start && (Prompt.Length == 0 || Prompt[0] != start) ? [start, .. Prompt] : Prompt,
            eos is { } end && (Answer.Length == 0 || Answer[^1] != end) ? [.. Answer, end] : Answer
        );

    /// <summary>
    /// As a sequence; a token that nothing predicts is not counted, since labels are shifted before counting.
    /// </summary>
    public AnswerSequence Joined(bool wasCut) =>
        AnswerSequence.ScoredFrom(Prompt.Length, [.. Prompt, .. Answer]) with
        {
            WasCut = wasCut,
            UnpredictedTokens = 0,
        };
}
