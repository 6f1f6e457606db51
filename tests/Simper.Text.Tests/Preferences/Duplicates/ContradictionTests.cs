using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Tests.Preferences.Duplicates;

public class ContradictionTests
{
    [Fact]
    public void A_over_B_and_B_over_A_contradict_each_other() =>
        Assert.Equal(
            ["Reversed 0 2 3"],
            Found(
                Groups.Pair("p", "a", "b"),
                Groups.Pair("q", "b", "a"),
                Groups.Pair(" p\n", "b", "a "),
                Groups.Pair("p", "a", "b"),
                Groups.Pair("p", "a", "c")
            )
        );

    [Theory]
    [InlineData("ab ad bc ca de", "Cycle 0 2 3")]
    [InlineData("ab bc ac", "")] // a chain
    [InlineData("ab ba cd de ec bc", "Reversed 0 1; Cycle 2 3 4")] // a reversed pair is not told again as a circle
    [InlineData("ab bc ca de ef fd ad", "Cycle 0 1 2; Cycle 3 4 5")]
    public void A_circle_of_three_is_found_and_a_chain_is_none(string pairs, string expected) =>
        Assert.Equal(expected, string.Join("; ", Found([.. pairs.Split(' ').Select(p => Groups.Pair("p", p[..1], p[1..]))])));

    [Fact]
    public void Ranked_lists_contradict_in_any_two_of_their_answers() =>
        Assert.Equal(
            ["Reversed 0 1"],
            Found(
                Groups.Ranked("p", ("a", 1), ("b", 0), ("c", -1)),
                Groups.Pair("p", "c", "a"),
                Groups.Ranked("p", ("b", 1), ("c", -1), ("d", -1))
            )
        );

    [Fact]
    public void Ties_contradict_nothing() =>
        Assert.Empty(Found(Groups.Ranked("p", ("a", 0.5), ("b", 0.5), ("c", -1)), Groups.Pair("p", "b", "a")));

    [Fact]
    public void Labels_of_one_answer_contradict_each_other() =>
        Assert.Equal(
            ["Label 0 3"],
            Found(
                Groups.Labelled("p", "a", isGood: true),
                Groups.Labelled("p", "b", isGood: false),
                Groups.Labelled("q", "a", isGood: false),
                Groups.Labelled("p", "a", isGood: false),
                Groups.Labelled("p", "b", isGood: false)
            )
        );

    [Fact]
    public void Answers_that_differ_in_indentation_alone_are_different() =>
        Assert.Empty(
            Found(
                Groups.Pair("p", "if a:\n    b", "if a:\n  b"),
                Groups.Labelled("q", "a\n b", isGood: true),
                Groups.Labelled("q", "a\nb", isGood: false)
            )
        );

    [Fact]
    public void Planted_contradictions_are_all_found_among_many_and_none_is_invented()
    {
        DeterministicRandom random = DeterministicRandom.For(3, "test");
        var groups = new List<PreferenceGroup>();
        for (int i = 0; i < 5000; i++)
        {
            // Answers have a true quality, so that preferences never contradict each other by themselves.
            int[] two = [.. random.Permutation(6).Take(2).Order()];
            groups.Add(Groups.Pair($"prompt {random.NextBelow(1500)}", $"answer {two[0]}", $"answer {two[1]}"));
        }
        Assert.Empty(Contradictions.Of(Groups.Hashes(groups)));
        PreferenceGroup[] originals = [.. groups];
        var planted = new HashSet<(string, string, string)>();
        for (int i = 0; i < 100; i++)
        {
            PreferenceGroup one = originals[random.NextBelow(5000)];
            (string prompt, string a, string b) = (one.Prompt[0].Content, one.Answers[0][0].Content, one.Answers[1][0].Content);
            planted.Add((prompt, a, b));
            groups.Insert(random.NextBelow(groups.Count + 1), Groups.Pair(prompt, b, a));
        }
        IReadOnlyList<Contradiction> found = Contradictions.Of(Groups.Hashes(groups));
        Assert.Equal(
            planted.Order(),
            found
                .Where(c => c.Kind == ContradictionKind.Reversed)
                .Select(c =>
                    c.Groups.Select(g => groups[g])
                        .First(g => string.CompareOrdinal(g.Answers[0][0].Content, g.Answers[1][0].Content) < 0)
                )
                .Select(g => (g.Prompt[0].Content, g.Answers[0][0].Content, g.Answers[1][0].Content))
                .Order()
        );
    }

    private static string[] Found(params PreferenceGroup[] groups) =>
        [.. Contradictions.Of(Groups.Hashes(groups)).Select(c => $"{c.Kind} {string.Join(' ', c.Groups)}")];
}
