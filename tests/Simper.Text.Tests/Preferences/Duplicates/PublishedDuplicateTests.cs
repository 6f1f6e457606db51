using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Tests.Preferences.Duplicates;

/// <summary>Published data, and what is planted in it.</summary>
public class PublishedDuplicateTests
{
    private static readonly string[][] Files =
    [
        ["golden", "bench", "hh.jsonl"],
        ["golden", "bench", "mix.jsonl"],
        ["golden", "trl", "pairs.jsonl"],
        ["data", "hh-rlhf", "harmless-base-test.jsonl.gz"],
        ["data", "llama-factory", "dpo_en_demo.json.gz"],
        ["data", "llama-factory", "dpo_zh_demo.json.gz"],
        ["data", "llama-factory", "kto_en_demo.json.gz"],
        ["data", "llama-factory", "alpaca_en_demo.json.gz"],
    ];

    public static TheoryData<string> Names => SharedFiles.Rows(() => Files.Select(Path.Combine));

    /// <summary>What is found is true: compared word by word, and all pairs of groups with each other.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_invented_in_published_data(string name)
    {
        PreferenceDataset data = PreferenceDataset.Open(SharedFiles.Path(name));
        PreferenceGroup[] groups = [.. data];
        IReadOnlyList<DuplicateRow> exact = ExactDuplicates.Of(data.Hashes);
        string[] told = [.. groups.Select(g => RowFile.Told(g) + string.Join(',', g.Weights ?? []) + g.Tools?.ToJsonString())];
        Assert.Equal(Enumerable.Range(0, told.Length).Where(i => Array.IndexOf(told, told[i]) < i), exact.Select(d => d.Group));
        Assert.All(exact, d => Assert.Equal(told[d.With], told[d.Group]));

        IReadOnlyList<Contradiction> contradictions = Contradictions.Of(data.Hashes);
        Assert.All(
            contradictions,
            c => Assert.Single(c.Groups.Select(i => NormalForm.OfPrompt(RowFile.Told(groups[i].Prompt))).Distinct())
        );

        GroupShingles[] shingles = [.. groups.Select(GroupShingles.Of)];
        IReadOnlyList<DuplicateRow> near = new NearDuplicates().Of(data);
        Assert.All(near, d => Assert.True(shingles[d.With].Similarity(shingles[d.Group]) >= 0.8));
        int similar = Enumerable
            .Range(0, groups.Length)
            .Count(i => Enumerable.Range(0, i).Any(j => shingles[i].Similarity(shingles[j]) >= 0.8));
        int prompts = groups.Length - Repeats.FirstOf(data.Hashes.Prompts).Distinct().Count();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{groups.Length} groups: {prompts} repeat a prompt, {exact.Count} exact, {near.Count} near of {similar} by brute "
                + $"force, {contradictions.Count} contradictions"
        );
        foreach (DuplicateRow d in near)
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"  {data.NameOf(d.Group)} ~ {data.NameOf(d.With)} {d.Similarity:F2}"
            );
        foreach (Contradiction c in contradictions)
            TestContext.Current.TestOutputHelper?.WriteLine($"  {c.Kind} {string.Join(' ', c.Groups.Select(data.NameOf))}");
        Assert.InRange(near.Count, (int)(0.98 * similar), similar);
    }
}
