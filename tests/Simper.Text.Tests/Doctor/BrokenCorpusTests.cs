using System.Text.Json.Nodes;
using Simper.Text.Doctor;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Doctor;

/// <summary>
/// A corpus of planted faults: in sixty sound rows one is broken, in a place drawn by a seed. The fault is found in that row by
/// its check, and no other row has an error or a warning.
/// </summary>
public class BrokenCorpusTests
{
    private const int Rows = 60;
    private const int Seeds = 3;

    public static TheoryData<string, int> Texts => Cases(Plants.OfTexts);

    public static TheoryData<string, int> Messages => Cases(Plants.OfMessages);

    private static TheoryData<string, int> Cases(IReadOnlyList<Plant> plants) =>
        [.. from plant in plants from seed in Enumerable.Range(1, Seeds) select (plant.Name, seed)];

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_fault_in_a_row_of_texts_is_found_there_and_nowhere_else(string plant, int seed) =>
        Check(Plants.OfTexts.Single(p => p.Name == plant), seed, CleanRows.Pair);

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_fault_in_a_row_of_messages_is_found_there_and_nowhere_else(string plant, int seed) =>
        Check(Plants.OfMessages.Single(p => p.Name == plant), seed, CleanRows.Conversation);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_of_weight_is_found_in_the_sound_rows(bool ofMessages)
    {
        DeterministicRandom random = DeterministicRandom.For(7, "doctor");
        string[] rows =
        [
            .. Enumerable
                .Range(1, 300)
                .Select(i => (ofMessages ? CleanRows.Conversation(random, i) : CleanRows.Pair(random, i)).ToJsonString()),
        ];
        Assert.Equal([], Examined.Rows(rows).Findings.Select(f => $"{f.Check.Id}: {f.What}"));
    }

    [Fact]
    public void There_are_at_least_forty_kinds() =>
        Assert.InRange(Plants.OfTexts.Concat(Plants.OfMessages).Select(p => p.Check).Distinct().Count(), 40, 1000);

    private static void Check(Plant plant, int seed, Func<DeterministicRandom, int, JsonObject> clean)
    {
        DeterministicRandom random = DeterministicRandom.For((ulong)seed, plant.Name);
        JsonObject[] rows = [.. Enumerable.Range(1, Rows).Select(i => clean(random, i))];
        // Not among the first rows: by most of these the layout is recognised.
        int broken = 5 + random.NextBelow(Rows - 5);
        string[] lines = [.. rows.Select((r, i) => i == broken ? plant.Break(r, random) : r.ToJsonString())];
        DoctorReport report = Examined.Rows(lines, Examined.Tokenizing(new TokenizationOptions { MaxLength = 600 }));
        Assert.Contains(broken + 1, report.Of(plant.Check));
        Assert.All(report.Findings.SelectMany(f => f.Rows), r => Assert.Equal(broken + 1, r.Row));
        Assert.DoesNotContain(report.Findings, f => f.Count == 0 && f.Grade > Grade.Note);
    }
}
