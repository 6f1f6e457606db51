using Simper.Kernels;
using Simper.Models;
using Simper.Text.Preferences;

namespace Simper.Batching;

/// <summary>
/// Groups laid out for one pass of the model: each prompt followed by its answers, group after group on one flat axis of T
/// tokens. There is no padding; a prompt is stored once however many answers it has, and so is any longer prefix that prompts or
/// answers share (a system prompt, the earlier turns of a conversation). Immutable, thread safe.
/// </summary>
public sealed class MicroBatch
{
    private MicroBatch(
        long[] ids,
        TokenLayout layout,
        IReadOnlyList<Answer> answers,
        ScoredToken[] scored,
        int groups,
        ScoreNeeds needs,
        int[] lengths
    ) => (Ids, Layout, Answers, Scored, Groups, Needs, Lengths) = (ids, layout, answers, scored, groups, needs, lengths);

    /// <summary>
    /// Token ids of the flat axis [T]. The last token of an answer is only predicted, never an input, so it is not on the axis.
    /// </summary>
    public long[] Ids { get; }

    /// <summary>Which tokens attend to which, and their positions.</summary>
    public TokenLayout Layout { get; }

    /// <summary>All answers, in axis order.</summary>
    public IReadOnlyList<Answer> Answers { get; }

    /// <summary>
    /// The scored tokens (loss mask 1) of all answers [S], in answer order: the place that predicts each, and its id.
    /// </summary>
    public IReadOnlyList<ScoredToken> Scored { get; }

    /// <summary>Number of groups.</summary>
    public int Groups { get; }

    /// <summary>What is computed for the answers.</summary>
    public ScoreNeeds Needs { get; }

    /// <summary>The length of every answer's sequence, from its prompt's first token to its own last, predicted or not.</summary>
    internal int[] Lengths { get; }

    /// <summary>T, the tokens that the model computes.</summary>
    public int Tokens => Ids.Length;

    /// <summary>Lays out groups.</summary>
    /// <param name="groups">At least one.</param>
    /// <param name="answersPerGroup">How many answers of each group take part, from the first on.</param>
    /// <exception cref="ArgumentException">No groups, or an answer without a scored token: its mean would be 0/0. Preparing the
    /// data drops such rows.</exception>
    public static MicroBatch Of(IReadOnlyList<TokenizedGroup> groups, int answersPerGroup = int.MaxValue) =>
        Of(groups, ScoreNeeds.Sums with { AnswersPerGroup = answersPerGroup });

    /// <inheritdoc cref="Of(IReadOnlyList{TokenizedGroup}, int)"/>
    /// <param name="groups">At least one.</param>
    /// <param name="needs">Which answers and tokens are scored.</param>
    public static MicroBatch Of(IReadOnlyList<TokenizedGroup> groups, ScoreNeeds needs)
    {
        if (groups.Count == 0)
            throw new ArgumentException("A micro-batch has at least one group.", nameof(groups));
        var tree = new SegmentTree();
        List<Open> opened = AddGroups(tree, groups, needs);
        (long[] ids, TokenLayout layout) = tree.LayOut();
        var answers = new List<Answer>();
        var scored = new List<ScoredToken>();
        int[] lengths =
        [
            .. opened.Select(o => (o.Index == PromptIndex ? 0 : groups[o.Group].Prompt.Length) + o.Answer.Ids.Length),
        ];
        foreach (Open open in opened)
        {
            int tokens = Score(open, answers.Count, needs.TailWeight, scored);
            answers.Add(
                new Answer(open.Group, open.Index, open.Row, tokens + open.Answer.UnpredictedTokens, open.Weight)
                {
                    Place = groups[open.Group].Place,
                    WasCut = open.Answer.WasCut,
                }
            );
        }
        return new MicroBatch(ids, layout, answers, [.. scored], groups.Count, needs, lengths);
    }

    /// <summary>
    /// The same answers, each with its own copy of what it shares with others: for models whose rotations depend on the length of
    /// the whole sequence.
    /// </summary>
    internal MicroBatch Apart()
    {
        var ids = new List<long>();
        var segments = new List<(int, int)>();
        var lengths = new List<int>();
        var scored = new List<ScoredToken>();
        foreach (IGrouping<int, ScoredToken> tokens in Scored.GroupBy(s => s.Answer))
        {
            int[] path = Layout.Path(tokens.Max(s => s.PredictedAt));
            var placeOf = path.Select((place, i) => (place, i)).ToDictionary(p => p.place, p => p.i + ids.Count);
            scored.AddRange(tokens.Select(s => s with { PredictedAt = placeOf[s.PredictedAt] }));
            ids.AddRange(path.Select(place => Ids[place]));
            segments.Add((path.Length, -1));
            lengths.Add(Lengths[tokens.Key]);
        }
        TokenLayout layout = TokenLayout.Of([.. segments]).WithLengths(lengths);
        return new MicroBatch([.. ids], layout, Answers, [.. scored], Groups, Needs, Lengths);
    }

    /// <summary>The most tokens that a group can put on the axis: when it is laid out alone.</summary>
    public static int TokensOf(TokenizedGroup group, int answersPerGroup = int.MaxValue) =>
        group.Prompt.Length + group.Answers.Take(answersPerGroup).Sum(a => ReadTokens(a));

    /// <summary>
    /// The length of an answer in scored tokens; equals <see cref="Answer.ScoredTokens"/> of the laid-out answer.
    /// </summary>
    public static int ScoredTokensOf(TokenizedGroup group, int answer)
    {
        TokenizedAnswer of = group.Answers[answer];
        return of.IsScored.AsSpan().Count(true) - (group.Prompt.Length == 0 && of.IsScored[0] ? 1 : 0) + of.UnpredictedTokens;
    }

    /// <summary>Tokens of a group's prompt that can be scored: all but the first.</summary>
    public static int PromptTokensOf(TokenizedGroup group) =>
        Math.Max(0, group.Prompt.Length + Array.IndexOf(group.Answers[0].IsScored, true) - 1);

    /// <summary>
    /// An answer (TRL: a completion): its group in the batch, its place in the group (<see cref="PromptIndex"/> for the prompt's
    /// own tokens), its row in the data set, its length in scored tokens, and how good it is
    /// (<see cref="TokenizedGroup.Weights"/>).
    /// </summary>
    public readonly record struct Answer(int Group, int Index, int Row, int ScoredTokens, double Weight)
    {
        /// <summary>The group's place in its data set (<see cref="TokenizedGroup.Place"/>).</summary>
        public int Place { get; init; }

        /// <summary>Whether it was truncated.</summary>
        public bool WasCut { get; init; }
    }

    /// <summary>
    /// A scored token: the place on the axis whose output predicts it, its id, its answer, and its weight in the sum.
    /// </summary>
    public readonly record struct ScoredToken(int PredictedAt, int Id, int Answer, float Weight = 1);

    /// <summary>The index that stands for a group's prompt among its answers, where prompts are scored.</summary>
    public const int PromptIndex = -1;

    // Input tokens of an answer: all before its last scored one.
    private static int ReadTokens(TokenizedAnswer answer) => Math.Max(Array.LastIndexOf(answer.IsScored, true), 0);

    // Where an answer's input tokens end in the tree, before places are known. Tokens from Tail on are beyond the length of the
    // shortest answer.
    private sealed record Open(
        SegmentTree.Node PromptEnd,
        SegmentTree.Node End,
        int Read,
        TokenizedAnswer Answer,
        int Group,
        int Index,
        int Row,
        bool HasPrompt,
        double Weight
    )
    {
        public int Tail { get; init; } = int.MaxValue;
    }

    private static List<Open> AddGroups(SegmentTree tree, IReadOnlyList<TokenizedGroup> groups, ScoreNeeds needs)
    {
        var opened = new List<Open>();
        for (int g = 0; g < groups.Count; g++)
        {
            TokenizedGroup group = groups[g];
            SegmentTree.Node promptEnd = tree.Add(tree.Root, group.Prompt);
            int tail = needs.TailWeight == 1 ? int.MaxValue : group.Answers.Min(a => a.IsScored.AsSpan().Count(true));
            int first = opened.Count;
            for (int i = 0; i < Math.Min(group.Answers.Length, needs.AnswersPerGroup); i++)
            {
                TokenizedAnswer answer = group.Answers[i];
                int read = ReadTokens(answer);
                SegmentTree.Node end = tree.Add(promptEnd, answer.Ids.AsSpan(0, read));
                opened.Add(
                    new Open(promptEnd, end, read, answer, g, i, group.Row, group.Prompt.Length > 0, group.WeightOf(i))
                    {
                        Tail = tail,
                    }
                );
            }
            if (needs.Prompts)
                opened.Add(PromptOf(tree, group, opened[first]));
        }
        return opened;
    }

    // The prompt as an answer to an empty prompt: the chosen answer's tokens up to its first scored one.
    private static Open PromptOf(SegmentTree tree, TokenizedGroup group, Open chosen)
    {
        int own = Array.IndexOf(chosen.Answer.IsScored, true);
        int[] ids = [.. group.Prompt, .. chosen.Answer.Ids.AsSpan(0, own)];
        var prompt = new TokenizedAnswer { Ids = ids, IsScored = [.. ids.Select(_ => true)] };
        return chosen with
        {
            PromptEnd = tree.Root,
            Answer = prompt,
            Read = group.Prompt.Length + chosen.Read,
            Index = PromptIndex,
            HasPrompt = false,
            Weight = 0,
            Tail = int.MaxValue,
        };
    }

    // The scored tokens of an answer: token t is predicted from the place of token t - 1, the first one from the last place of
    // the prompt.
    private static int Score(Open open, int answer, double tailWeight, List<ScoredToken> scored)
    {
        int count = 0;
        int[] places = open.End.Places(open.Read);
        for (int t = 0; t < open.Answer.Ids.Length; t++)
        {
            // Without a prompt nothing predicts the first token.
            if (!open.Answer.IsScored[t] || (t == 0 && !open.HasPrompt))
                continue;
            scored.Add(
                new ScoredToken(
                    t > 0 ? places[t - 1] : open.PromptEnd.Places(1)[0],
                    open.Answer.Ids[t],
                    answer,
                    count < open.Tail ? 1 : (float)tailWeight
                )
            );
            count++;
        }
        if (count == 0 && open.Index != PromptIndex)
            throw new ArgumentException($"Answer {open.Index} of row {open.Row} has no token to score.", nameof(open));
        return count;
    }
}
