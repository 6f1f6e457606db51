using System.Globalization;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;
using Simper.Text.Preferences.Mixtures;

namespace Simper.Text.Tests.Preferences;

public sealed class DatasetMixtureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Shares_are_drawn_by_the_seed_and_keep_their_order()
    {
        DatasetShare[] shares = [Share("a.jsonl", 100, 0.25), Share("b.jsonl", 40), Share("c.jsonl", 30, 7)];
        PreferenceDataset mixed = Open(shares);
        string[] prompts = [.. mixed.Select(g => g.Prompt[0].Content)];
        Assert.Equal(25 + 40 + 7, mixed.Count);
        Assert.Equal([25, 40, 7], mixed.GroupsOfParts().Select(p => p.Length));
        Assert.Equal(prompts, prompts.Order(StringComparer.Ordinal));
        Assert.Equal(prompts.Distinct().Count(), prompts.Length);
        Assert.NotEqual(Enumerable.Range(1, 25), mixed.Take(25).Select(g => g.Row)); // drawn, not the first
        Assert.Equal(prompts, Open(shares).Select(g => g.Prompt[0].Content));
        Assert.NotEqual(prompts, DatasetMixture.Open(shares, new DatasetOptions(), 2).Select(g => g.Prompt[0].Content));
        Assert.Equal(mixed.Select(g => GroupHash.Of(g).Whole), mixed.Hashes.Wholes.ToArray());
        Assert.Equal(
            $"mixture: 25 of 100 rows of {shares[0].Path} (strings (prompt, chosen, rejected)); "
                + $"40 of 40 rows of {shares[1].Path} (strings (prompt, chosen, rejected)); "
                + $"7 of 30 rows of {shares[2].Path} (strings (prompt, chosen, rejected))",
            Assert.Single(mixed.Notes)
        );
    }

    [Fact]
    public void Each_data_set_has_its_own_layout_and_columns_and_messages_name_its_row()
    {
        string transcripts = Write(
            "hh.jsonl",
            """{"chosen": "\n\nHuman: q\n\nAssistant: good", "rejected": "\n\nHuman: q\n\nAssistant: bad"}"""
        );
        string renamed = Write("renamed.jsonl", """{"ask": "q", "yes": "good", "no": "bad"}""", "");
        DatasetShare[] shares =
        [
            new(transcripts, 1, ColumnMap.None),
            new(renamed, 1, ColumnMap.Parse("prompt=ask,chosen=yes,rejected=no")),
        ];
        PreferenceDataset mixed = Open(shares);
        Assert.Equal("user: q -> assistant: good / assistant: bad", RowFile.Told(mixed[0]));
        Assert.Equal(RowFile.Told(mixed[0]), RowFile.Told(mixed[1]));
        Assert.Equal($"{renamed}, line 1", mixed.PlaceOf(1));
        Assert.Contains(" and ", mixed.Layout, StringComparison.Ordinal);
        Assert.Equal($"{transcripts}, {renamed}", mixed.Path);
        Assert.Single(Repeats.FirstOf(mixed.Hashes.Prompts).Distinct());
    }

    [Fact]
    public void What_the_fingerprint_stands_for_changes_it()
    {
        DatasetShare a = Share("a.jsonl", 100);
        DatasetShare b = Share("b.jsonl", 40);
        PreferenceDataset mixed = Open(a, b);
        string[] fingerprints =
        [
            mixed.Fingerprint,
            Open(b, a).Fingerprint,
            Open(a with { Amount = 0.5 }, b).Fingerprint,
            Open(a with { Amount = 50 }, b).Fingerprint,
            DatasetMixture.Open([a with { Amount = 0.5 }, b], new DatasetOptions(), 2).Fingerprint,
            DatasetMixture.Open([a, b], new DatasetOptions(), 1, maxSamples: 20).Fingerprint,
            DatasetMixture.Interleave(mixed, MixStrategy.InterleaveOver, [], 1).Fingerprint,
            DatasetMixture.Interleave(mixed, MixStrategy.InterleaveUnder, [], 1).Fingerprint,
            DatasetMixture.Interleave(mixed, MixStrategy.InterleaveUnder, [0.7, 0.3], 1).Fingerprint,
            mixed.Split(0.1, 1).Train.Fingerprint,
        ];
        Assert.Equal(fingerprints.Length, fingerprints.Distinct().Count());
        Assert.Equal(mixed.Fingerprint, Open(a, b).Fingerprint);
    }

    [Fact]
    public void Prompts_of_all_data_sets_are_split_together()
    {
        string a = Write("a.jsonl", [.. Enumerable.Range(0, 60).Select(i => Row("shared", i))]);
        string b = Write("b.jsonl", [.. Enumerable.Range(0, 60).Select(i => Row("shared", i))]);
        PreferenceDataset mixed = Open(new DatasetShare(a, 1, ColumnMap.None), new DatasetShare(b, 1, ColumnMap.None));
        (PreferenceDataset train, PreferenceDataset heldOut) = mixed.Split(20, 3);
        Assert.Equal(20, heldOut.Count);
        Assert.Empty(PromptLeaks.Of(train.Hashes, heldOut.Hashes));
        Assert.Equal(60, RowSelection.Apply(mixed, new SelectionOptions { Dedup = Deduplication.Exact }).Count);
    }

    [Fact]
    public void Rows_left_out_of_several_files_are_named_by_their_places()
    {
        string longer = Write("longer.jsonl", Row(string.Join(' ', Enumerable.Repeat("prompt", 80)), 1));
        var options = new TokenizationOptions { MaxLength = 60, Truncation = TruncationMode.Drop };
        string[] Report(params DatasetShare[] shares) =>
            [
                .. TokenizedDataset
                    .Of(Open(shares), TrlTokens.Make(options))
                    .Report()
                    .Where(l => l.StartsWith("left out", StringComparison.Ordinal)),
            ];
        DatasetShare[] both =
        [
            new(longer, 1, ColumnMap.None),
            new(Write("again.jsonl", "", Row(string.Join(' ', Enumerable.Repeat("other", 80)), 1)), 1, ColumnMap.None),
        ];
        Assert.Equal(["left out because the prompt alone fills max_length: 1 (rows 1)"], Report(both[0], Share("a.jsonl", 3)));
        Assert.Equal(
            [$"left out because the prompt alone fills max_length: 2 ({longer}, line 1; {both[1].Path}, line 2)"],
            Report(both)
        );
    }

    [Fact]
    public void Interleaving_ends_where_the_strategy_says()
    {
        PreferenceDataset mixed = Open(Share("a.jsonl", 100), Share("b.jsonl", 40));
        int[] under = Counted(DatasetMixture.Interleave(mixed, MixStrategy.InterleaveUnder, [0.5, 0.5], 1));
        Assert.Equal(40, under[1]);
        Assert.InRange(under[0], 20, 70);
        int[] over = Counted(DatasetMixture.Interleave(mixed, MixStrategy.InterleaveOver, [0.5, 0.5], 1));
        Assert.Equal(100, over[0]);
        Assert.InRange(over[1], 60, 150); // begins anew
        int[] rare = Counted(DatasetMixture.Interleave(mixed, MixStrategy.InterleaveUnder, [9, 1], 1));
        Assert.Equal(100, rare[0]);
        Assert.InRange(rare[1], 3, 25);
        Assert.Same(mixed, DatasetMixture.Interleave(mixed, MixStrategy.Concat, [], 1));
    }

    [Fact]
    public void Interleaved_lists_keep_their_order_and_the_probabilities()
    {
        (int List, int Item)[] order =
        [
            .. Interleaving.Of([10_000, 10_000], [0.8, 0.2], MixStrategy.InterleaveUnder, DeterministicRandom.For(1, "test")),
        ];
        Assert.Equal(Enumerable.Range(0, 10_000), order.Where(o => o.List == 0).Select(o => o.Item));
        Assert.InRange(order.Count(o => o.List == 1) / (double)order.Length, 0.19, 0.21);
    }

    [Theory]
    [InlineData(0.001, "0.001 of its 40 usable rows is less than one row")]
    [InlineData(41, "41 of its 40 usable rows is more than there are")]
    public void A_share_that_cannot_be_taken_is_refused(double amount, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<SimperException>(() => Open(Share("a.jsonl", 40, amount))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Probabilities_are_as_many_as_data_sets() =>
        Assert.StartsWith(
            "interleave_probs has 3 numbers, but 2 data sets are mixed",
            Assert
                .Throws<SimperException>(() =>
                    DatasetMixture.Interleave(
                        Open(Share("a.jsonl", 10), Share("b.jsonl", 10)),
                        MixStrategy.InterleaveOver,
                        [1, 2, 3],
                        1
                    )
                )
                .Message,
            StringComparison.Ordinal
        );

    private static PreferenceDataset Open(params DatasetShare[] shares) => DatasetMixture.Open(shares, new DatasetOptions(), 1);

    private static int[] Counted(PreferenceDataset data) => [.. data.GroupsOfParts().Select(p => p.Length)];

    private DatasetShare Share(string name, int rows, double amount = 1) =>
        new(Write(name, [.. Enumerable.Range(0, rows).Select(i => Row(name, i))]), amount, ColumnMap.None);

    private static string Row(string prompt, int number) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"prompt": "{{prompt}} {{number:D4}}", "chosen": "good", "rejected": "bad"}"""
        );

    private string Write(string name, params string[] rows)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllLines(path, rows);
        return path;
    }
}
