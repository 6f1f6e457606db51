using Simper.Models;
using Simper.Text.Preferences;

namespace Simper.Batching;

/// <summary>
/// Groups laid out for one pass of the model: prompt, then its answers, group after group on one flat axis of T tokens. No
/// padding exists, and a prompt is there once however many answers it has. Immutable, thread safe.
/// </summary>
public sealed class MicroBatch
{
    private MicroBatch(long[] ids, TokenLayout layout, IReadOnlyList<Answer> answers, ScoredToken[] scored, int groups) =>
        (Ids, Layout, Answers, Scored, Groups) = (ids, layout, answers, scored, groups);

    /// <summary>Token ids of the flat axis [T]. The last token of an answer is predicted, never read, so it is not on it.</summary>
    public long[] Ids { get; }

    /// <summary>Which tokens see which, and their positions.</summary>
    public TokenLayout Layout { get; }

    /// <summary>All answers, in order of the axis.</summary>
    public IReadOnlyList<Answer> Answers { get; }

    /// <summary>The scored tokens of all answers [S], in order of the answers: who predicts them, and what.</summary>
    public IReadOnlyList<ScoredToken> Scored { get; }

    /// <summary>Number of groups.</summary>
    public int Groups { get; }

    /// <summary>T, the tokens that the model computes.</summary>
    public int Tokens => Ids.Length;

    /// <summary>Lays out groups.</summary>
    /// <param name="groups">At least one.</param>
    /// <param name="answersPerGroup">How many answers of each group take part, from the first on (SFT needs the chosen alone).</param>
    /// <exception cref="ArgumentException">No groups, or an answer without a scored token: its mean would be 0/0. Preparation drops such rows.</exception>
    public static MicroBatch Of(IReadOnlyList<TokenizedGroup> groups, int answersPerGroup = int.MaxValue)
    {
        if (groups.Count == 0)
            throw new ArgumentException("A micro-batch has at least one group.", nameof(groups));
        var builder = new Builder();
        for (int g = 0; g < groups.Count; g++)
            builder.Add(groups[g], g, answersPerGroup);
        return new MicroBatch([.. builder.Ids], TokenLayout.Of(builder.Segments.ToArray()), builder.Answers, [.. builder.Scored], groups.Count);
    }

    /// <summary>How many tokens a group puts on the axis.</summary>
    public static int TokensOf(TokenizedGroup group, int answersPerGroup = int.MaxValue) =>
        group.Prompt.Length + group.Answers.Take(answersPerGroup).Sum(a => ReadTokens(a));

    /// <summary>An answer: its group in the batch, its place in the group, its row in the data set, and its number of scored tokens.</summary>
    public readonly record struct Answer(int Group, int Index, int Row, int ScoredTokens);

    /// <summary>A scored token: the place on the axis whose output predicts it, its id, and its answer.</summary>
    public readonly record struct ScoredToken(int PredictedAt, int Id, int Answer);

    // Tokens of an answer that are read: all before its last scored one.
    private static int ReadTokens(TokenizedAnswer answer) => Math.Max(Array.LastIndexOf(answer.IsScored, true), 0);

    private sealed class Builder
    {
        public List<long> Ids { get; } = [];

        public List<(int, int)> Segments { get; } = [];

        public List<Answer> Answers { get; } = [];

        public List<ScoredToken> Scored { get; } = [];

        public void Add(TokenizedGroup group, int groupIndex, int answersPerGroup)
        {
            int prompt = -1;
            if (group.Prompt.Length > 0)
                prompt = AddSegment(group.Prompt, -1);
            int promptEnd = Ids.Count - 1;
            for (int i = 0; i < Math.Min(group.Answers.Length, answersPerGroup); i++)
            {
                TokenizedAnswer answer = group.Answers[i];
                int start = Ids.Count, scored = 0;
                for (int t = 0; t < answer.Ids.Length; t++)
                {
                    // Without a prompt nothing predicts the first token.
                    if (!answer.IsScored[t] || (t == 0 && prompt < 0))
                        continue;
                    Scored.Add(new ScoredToken(t == 0 ? promptEnd : start + t - 1, answer.Ids[t], Answers.Count));
                    scored++;
                }
                if (scored == 0)
                    throw new ArgumentException($"Answer {i} of row {group.Row} has no token to score.", nameof(group));
                Answers.Add(new Answer(groupIndex, i, group.Row, scored));
                if (ReadTokens(answer) is > 0 and int read)
                    AddSegment(answer.Ids.AsSpan(0, read), prompt);
            }
        }

        private int AddSegment(ReadOnlySpan<int> ids, int parent)
        {
            foreach (int id in ids)
                Ids.Add(id);
            Segments.Add((ids.Length, parent));
            return Segments.Count - 1;
        }
    }
}
