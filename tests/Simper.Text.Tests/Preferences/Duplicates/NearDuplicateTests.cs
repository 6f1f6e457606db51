using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Tests.Preferences.Duplicates;

public class NearDuplicateTests
{
    [Theory]
    [InlineData("The quick brown fox jumps over it", "the QUICK, brown fox -- jumps over it!", 1)]
    [InlineData("one two three four five six", "one two three four five seven", 1.0 / 3)]
    [InlineData("one two", "one two", 1)]
    [InlineData("one two", "one three", 0)]
    [InlineData("", "", 1)]
    [InlineData("", "one", 0)]
    [InlineData("?!", "?!", 1)]
    [InlineData("?!", "...", 0)]
    [InlineData("今天天气很好我们", "今天天气很好他们", 1.0 / 3)] // 4 shingles each, 2 of them common
    public void Jaccard_counts_shingles_of_five_words(string a, string b, double expected) =>
        Assert.Equal(expected, Shingles.Of(a).Jaccard(Shingles.Of(b)), 12);

    [Fact]
    public void Groups_are_as_similar_as_their_least_similar_part()
    {
        const string Long = "a long prompt that has quite a few words and that many rows have in common with others";
        GroupShingles one = GroupShingles.Of(Groups.Pair(Long, "yes of course I will", "no I will not do that"));
        Assert.Equal(1, one.Similarity(one));
        Assert.Equal(0, one.Similarity(GroupShingles.Of(Groups.Pair(Long, "yes of course I will", "never"))));
        Assert.Equal(0, one.Similarity(GroupShingles.Of(Groups.Labelled(Long, "yes of course I will", isGood: true))));
    }

    [Fact]
    public void Answers_that_are_alike_and_labelled_otherwise_are_no_duplicates()
    {
        GroupShingles Of(bool isGood) => GroupShingles.Of(Groups.Labelled("a question", "and its answer", isGood));
        Assert.Equal(1, Of(isGood: true).Similarity(Of(isGood: true)));
        Assert.Equal(1, Of(isGood: false).Similarity(Of(isGood: false)));
        Assert.Equal(0, Of(isGood: true).Similarity(Of(isGood: false)));
    }

    [Theory]
    [InlineData(0.5, 64)]
    [InlineData(0.8, 128)]
    [InlineData(0.9, 128)]
    [InlineData(1, 128)]
    public void Bands_find_what_is_at_the_threshold(double threshold, int permutations)
    {
        var banding = Banding.For(threshold, permutations);
        Assert.True(banding.Recall(threshold) >= 0.99);
        Assert.True(banding.Bands * banding.Rows <= permutations);
    }

    [Fact]
    public void The_share_of_equal_minima_estimates_the_similarity()
    {
        DeterministicRandom random = DeterministicRandom.For(1, "sets");
        var minHash = new MinHash();
        foreach (double similarity in (double[])[0, 0.1, 0.3, 0.5, 0.8, 0.95, 1])
        {
            double sum = 0;
            double squares = 0;
            const int Trials = 200;
            for (int trial = 0; trial < Trials; trial++)
            {
                // Of 400 elements a share is common, the others are halved among the two sets.
                uint[] all = [.. Enumerable.Range(0, 400).Select(_ => (uint)random.NextUInt64())];
                int common = (int)(400 * similarity);
                int half = (400 - common) / 2;
                double estimate = MinHash.Similarity(
                    minHash.Of(all[..(common + half)]),
                    minHash.Of([.. all[..common], .. all[(common + half)..]])
                );
                sum += estimate - similarity;
                squares += (estimate - similarity) * (estimate - similarity);
            }
            double deviation = Math.Sqrt(similarity * (1 - similarity) / 128);
            Assert.True(Math.Abs(sum / Trials) <= 4 * deviation / Math.Sqrt(Trials), $"{similarity}: bias {sum / Trials}");
            Assert.True(Math.Sqrt(squares / Trials) <= 1.2 * deviation, $"{similarity}: {Math.Sqrt(squares / Trials)}");
        }
    }

    [Fact]
    public void An_empty_data_set_and_a_single_group_have_none()
    {
        Assert.Empty(new NearDuplicates().Of([]));
        Assert.Empty(new NearDuplicates().Of([Groups.Pair("p", "a", "b")]));
    }

    [Fact]
    public void Equal_groups_are_near_duplicates_of_the_first_and_reversed_ones_are_none() =>
        Assert.Equal(
            [new DuplicateRow(2, 0), new DuplicateRow(4, 0)],
            new NearDuplicates().Of([
                Groups.Pair("p", "a", "b"),
                Groups.Pair("p", "b", "a"),
                Groups.Pair("P!", "a", "b"),
                Groups.Pair("p", "a", "c"),
                Groups.Pair("p", "a", "b"),
            ])
        );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Planted_near_duplicates_are_found_as_by_comparing_all_pairs(bool ofPrompts)
    {
        (List<PreferenceGroup> groups, int originals) = Planted();
        GroupShingles[] shingles = [.. groups.Select(g => ofPrompts ? GroupShingles.OfPrompt(g) : GroupShingles.Of(g))];
        IReadOnlyList<DuplicateRow> found = new NearDuplicates().Of(groups.Count, i => shingles[i]);
        Assert.Equal(found, new NearDuplicates().Of(groups.Count, i => shingles[i]));

        // None is invented: each is as similar to an earlier one that is kept as it says.
        var left = found.Select(d => d.Group).ToHashSet();
        Assert.All(
            found,
            d =>
            {
                Assert.True(d.With < d.Group && !left.Contains(d.With));
                Assert.Equal(shingles[d.With].Similarity(shingles[d.Group]), d.Similarity);
                Assert.InRange(d.Similarity, 0.8, 1);
            }
        );

        // Recall, by tenths and twentieths of similarity: against the most similar of all earlier groups.
        var counts = new SortedDictionary<double, (int All, int Found)>();
        for (int i = originals; i < groups.Count; i++)
        {
            double highest = Enumerable.Range(0, i).Max(j => shingles[j].Similarity(shingles[i]));
            double bin = Math.Floor(highest * 20 + 1e-9) / 20;
            (int all, int yes) = counts.GetValueOrDefault(bin);
            counts[bin] = (all + 1, yes + (left.Contains(i) ? 1 : 0));
        }
        foreach ((double bin, (int all, int yes)) in counts)
            TestContext.Current.TestOutputHelper?.WriteLine($"similarity {bin:F2}: {yes} of {all}");
        (int near, int of) = counts
            .Where(c => c.Key >= 0.8 - 1e-9)
            .Aggregate((0, 0), (sum, c) => (sum.Item1 + c.Value.Found, sum.Item2 + c.Value.All));
        Assert.True(of > 400, $"{of} planted");
        Assert.True(near >= 0.99 * of, $"{near} of {of}");
        Assert.All(counts.Where(c => c.Key < 0.8 - 1e-9), c => Assert.Equal(0, c.Value.Found));
    }

    [Fact]
    public void The_order_in_which_threads_finish_does_not_matter()
    {
        (List<PreferenceGroup> groups, int originals) = Planted();
        GroupShingles[] some = [.. groups.Take(300).Concat(groups.Skip(originals).Take(300)).Select(GroupShingles.Of)];
        IReadOnlyList<DuplicateRow> found = new NearDuplicates().Of(some.Length, i => some[i]);
        Assert.NotEmpty(found);
        for (int run = 0; run < 3; run++)
        {
            DeterministicRandom random = DeterministicRandom.For((ulong)run, "waits");
            int[] waits = [.. some.Select(_ => random.NextBelow(20) == 0 ? 1 : 0)];
            Assert.Equal(
                found,
                new NearDuplicates().Of(
                    some.Length,
                    i =>
                    {
                        Thread.Sleep(waits[i]);
                        return some[i];
                    }
                )
            );
        }
    }

    // Texts of random words, and copies of them with words replaced: few to many.
    private static (List<PreferenceGroup> Groups, int Originals) Planted()
    {
        DeterministicRandom random = DeterministicRandom.For(5, "near");
        string Word() => "w" + random.NextBelow(3000);
        string Text(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => Word()));
        string Copied(string text, double share) =>
            string.Join(' ', text.Split(' ').Select(w => random.NextDouble() < share ? Word() : w));
        List<PreferenceGroup> groups =
        [
            .. Enumerable.Range(0, 1500).Select(_ => Groups.Pair(Text(60 + random.NextBelow(60)), Text(80), Text(120))),
        ];
        int originals = groups.Count;
        for (int i = 0; i < originals; i++)
        {
            double share = i % 10 * 0.006;
            PreferenceGroup of = groups[i];
            groups.Add(
                Groups.Pair(
                    Copied(of.Prompt[0].Content, share),
                    Copied(of.Answers[0][0].Content, share),
                    Copied(of.Answers[1][0].Content, share)
                )
            );
        }
        return (groups, originals);
    }
}
