using System.Globalization;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Tests.Preferences;

public class PromptSplitTests
{
    [Fact]
    public void No_prompt_is_on_both_sides_and_no_row_is_lost()
    {
        DeterministicRandom random = DeterministicRandom.For(9, "test");
        for (int trial = 0; trial < 40; trial++)
        {
            int prompts = 2 + random.NextBelow(60);
            PreferenceDataset data = RowFile.Open([
                .. Enumerable.Range(0, 80 + random.NextBelow(80)).Select(i => Row(random.NextBelow(prompts), i)),
            ]);
            double size = trial % 2 == 0 ? 0.05 + random.NextDouble() * 0.5 : 1 + random.NextBelow(60);
            (PreferenceDataset train, PreferenceDataset heldOut) = data.Split(size, trial);
            Assert.Equal(data.Select(g => g.Row), train.Concat(heldOut).Select(g => g.Row).Order());
            Assert.Empty(Prompts(train).Intersect(Prompts(heldOut)));
            Assert.NotEmpty(train);
            Assert.NotEmpty(heldOut);
            Assert.Equal(heldOut.Select(g => g.Row), data.Split(size, trial).HeldOut.Select(g => g.Row));
            // Not more is held out than wanted, and as near to it as the rarest prompt that is left.
            int wanted = size < 1 ? (int)Math.Round(size * data.Count) : (int)size;
            int rarest = train.GroupBy(g => g.Prompt[0].Content.Trim()).Min(g => g.Count());
            Assert.True(heldOut.Count <= wanted || Prompts(heldOut).Count == 1);
            Assert.True(heldOut.Count + rarest > wanted);
        }
    }

    [Fact]
    public void Rows_without_repeated_prompts_are_split_as_rows()
    {
        PreferenceDataset data = RowFile.Open([.. Enumerable.Range(0, 100).Select(i => Row(i, i))]);
        int[] order = DeterministicRandom.For(7, "split").Permutation(100);
        Assert.Equal(order[..20].Order().Select(i => i + 1), data.Split(0.2, 7).HeldOut.Select(g => g.Row));
    }

    [Fact]
    public void The_parts_have_the_hashes_of_their_groups()
    {
        PreferenceDataset data = RowFile.Open([.. Enumerable.Range(0, 30).Select(i => Row(i % 11, i))]);
        (PreferenceDataset train, PreferenceDataset heldOut) = data.Split(0.3, 1);
        foreach (PreferenceDataset part in (PreferenceDataset[])[train, heldOut])
        {
            Assert.Equal(part.Select(g => GroupHash.Of(g).Whole), part.Hashes.Wholes.ToArray());
        }
    }

    [Fact]
    public void A_single_prompt_is_split_as_rows()
    {
        PreferenceDataset data = RowFile.Open([.. Enumerable.Range(0, 8).Select(i => Row(0, i))]);
        (PreferenceDataset train, PreferenceDataset heldOut) = data.Split(2, 7);
        int[] order = DeterministicRandom.For(7, "split").Permutation(8);
        Assert.Equal(order[..2].Order().Select(i => i + 1), heldOut.Select(g => g.Row));
        Assert.Equal([(0, 0), (1, 0)], PromptLeaks.Of(train.Hashes, heldOut.Hashes));
    }

    private static string Row(int prompt, int answer) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"prompt": "{{(answer % 3 == 0 ? " " : "")}}p {{prompt}}", "chosen": "good {{answer}}", "rejected": "bad"}"""
        );

    private static HashSet<string> Prompts(PreferenceDataset part) => [.. part.Select(g => g.Prompt[0].Content.Trim())];
}
