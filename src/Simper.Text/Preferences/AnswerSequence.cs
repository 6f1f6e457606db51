namespace Simper.Text.Preferences;

/// <summary>A prompt followed by an answer, as ids, before the common prefix of a group's answers is known.</summary>
/// <param name="Ids">All ids.</param>
/// <param name="IsScored">The loss mask; never true for the first token, which nothing predicts.</param>
internal sealed record AnswerSequence(int[] Ids, bool[] IsScored)
{
    /// <summary>As in <see cref="TokenizedAnswer"/>.</summary>
    public bool WasCut { get; init; }

    /// <summary>As in <see cref="TokenizedAnswer"/>.</summary>
    public int UnpredictedTokens { get; init; }

    public bool HasScored => IsScored.Contains(true);

    /// <summary>A sequence that is scored from an index on.</summary>
    public static AnswerSequence ScoredFrom(int boundary, int[] ids)
    {
        var scored = new bool[ids.Length];
        if (Math.Max(boundary, 1) < ids.Length)
            scored.AsSpan(Math.Max(boundary, 1)).Fill(true);
        return new AnswerSequence(ids, scored) { UnpredictedTokens = boundary == 0 && ids.Length > 0 ? 1 : 0 };
    }

    /// <summary>Cut on the right.</summary>
    public AnswerSequence KeepStart(int length) =>
        Ids.Length <= length ? this : this with { Ids = Ids[..length], IsScored = IsScored[..length], WasCut = true };

    /// <summary>Cut on the left.</summary>
    public AnswerSequence KeepEnd(int length)
    {
        if (Ids.Length <= length)
            return this;
        bool[] scored = IsScored[^length..];
        int unpredicted = scored[0] ? 1 : 0;
        scored[0] = false;
        return new AnswerSequence(Ids[^length..], scored) { WasCut = true, UnpredictedTokens = unpredicted };
    }

    /// <summary>
    /// The group of sequences: the prompt is the unscored prefix that all share. Tokens of an answer between that prefix and its
    /// first scored token stay at the start of its ids.
    /// </summary>
    public static TokenizedGroup Group(PreferenceGroup group, IReadOnlyList<AnswerSequence> sequences)
    {
        ReadOnlySpan<int> shared = sequences[0].Ids;
        foreach (AnswerSequence sequence in sequences)
            shared = shared[..shared.CommonPrefixLength(sequence.Ids.AsSpan(0, Array.IndexOf(sequence.IsScored, true)))];
        int prompt = shared.Length;
        return new TokenizedGroup
        {
            Prompt = shared.ToArray(),
            Answers =
            [
                .. sequences.Select(s => new TokenizedAnswer
                {
                    Ids = s.Ids[prompt..],
                    IsScored = s.IsScored[prompt..],
                    WasCut = s.WasCut,
                    UnpredictedTokens = s.UnpredictedTokens,
                }),
            ],
            Weights = group.Weights?.ToArray(),
            Row = group.Row,
        };
    }
}
