using Simper.Kernels;
using Simper.Models;
using Simper.Text.Preferences;

namespace Simper.Batching;

/// <summary>
/// Groups laid out for one pass of the model: prompt, then its answers, group after group on one flat axis of T tokens. No
/// padding exists, a prompt is there once however many answers it has, and so is a longer beginning that prompts or answers
/// have in common (a system prompt, the earlier turns of a conversation). Immutable, thread safe.
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
        var tree = new SegmentTree();
        List<Open> opened = AddGroups(tree, groups, answersPerGroup);
        (long[] ids, TokenLayout layout) = tree.LayOut();
        var answers = new List<Answer>();
        var scored = new List<ScoredToken>();
        foreach (Open open in opened)
            answers.Add(new Answer(open.Group, open.Index, open.Row, Score(open, answers.Count, scored)));
        return new MicroBatch(ids, layout, answers, [.. scored], groups.Count);
    }

    /// <summary>How many tokens a group puts on the axis at most: alone.</summary>
    public static int TokensOf(TokenizedGroup group, int answersPerGroup = int.MaxValue) =>
        group.Prompt.Length + group.Answers.Take(answersPerGroup).Sum(a => ReadTokens(a));

    /// <summary>An answer: its group in the batch, its place in the group, its row in the data set, and its number of scored tokens.</summary>
    public readonly record struct Answer(int Group, int Index, int Row, int ScoredTokens);

    /// <summary>A scored token: the place on the axis whose output predicts it, its id, and its answer.</summary>
    public readonly record struct ScoredToken(int PredictedAt, int Id, int Answer);

    // Tokens of an answer that are read: all before its last scored one.
    private static int ReadTokens(TokenizedAnswer answer) => Math.Max(Array.LastIndexOf(answer.IsScored, true), 0);

    // Where an answer's read tokens end in the tree, before places are known.
    private sealed record Open(SegmentTree.Node PromptEnd, SegmentTree.Node End, int Read, TokenizedAnswer Answer, int Group, int Index, int Row, bool HasPrompt);

    private static List<Open> AddGroups(SegmentTree tree, IReadOnlyList<TokenizedGroup> groups, int answersPerGroup)
    {
        var answers = new List<Open>();
        for (int g = 0; g < groups.Count; g++)
        {
            TokenizedGroup group = groups[g];
            SegmentTree.Node promptEnd = tree.Add(tree.Root, group.Prompt);
            for (int i = 0; i < Math.Min(group.Answers.Length, answersPerGroup); i++)
            {
                TokenizedAnswer answer = group.Answers[i];
                int read = ReadTokens(answer);
                answers.Add(new Open(promptEnd, tree.Add(promptEnd, answer.Ids.AsSpan(0, read)), read, answer, g, i, group.Row, group.Prompt.Length > 0));
            }
        }
        return answers;
    }

    // The scored tokens of an answer: token t is predicted from the place of token t - 1, the first one from the prompt's last.
    private static int Score(Open open, int answer, List<ScoredToken> scored)
    {
        int before = scored.Count;
        int[] places = open.End.Places(open.Read);
        for (int t = 0; t < open.Answer.Ids.Length; t++)
        {
            // Without a prompt nothing predicts the first token.
            if (open.Answer.IsScored[t] && (t > 0 || open.HasPrompt))
                scored.Add(new ScoredToken(t > 0 ? places[t - 1] : open.PromptEnd.Places(1)[0], open.Answer.Ids[t], answer));
        }
        if (scored.Count == before)
            throw new ArgumentException($"Answer {open.Index} of row {open.Row} has no token to score.", nameof(open));
        return scored.Count - before;
    }
}
