using System.Text;
using System.Text.Json.Nodes;
using Simper.Text.Doctor;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Doctor;

/// <summary>The mended copy: what it no longer has, what it keeps, and the list of what was done.</summary>
public sealed class DataMenderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string name) => Path.Combine(_folder, name);

    private (DoctorReport Before, DoctorReport After, string[] Lines, JsonObject[] Changes) Mend(
        IEnumerable<string> rows,
        GroupTokenizer? tokenizer = null
    )
    {
        tokenizer ??= Examined.Tokenizing(new TokenizationOptions { MaxLength = 600 });
        System.IO.File.WriteAllText(File("rows.jsonl"), string.Join('\n', rows), new UTF8Encoding(false));
        CancellationToken cancel = TestContext.Current.CancellationToken;
        DoctorReport before = new DataDoctor(tokenizer).Examine(File("rows.jsonl"), null, cancel);
        new DataMender(tokenizer).Write(before, File("mended.jsonl"), cancel);
        DoctorReport after = new DataDoctor(tokenizer).Examine(File("mended.jsonl"), null, cancel);
        JsonObject[] changes =
        [
            .. System.IO.File.ReadAllLines(DataMender.ChangesOf(File("mended.jsonl"))).Select(l => JsonNode.Parse(l)!.AsObject()),
        ];
        return (before, after, System.IO.File.ReadAllLines(File("mended.jsonl")), changes);
    }

    public static TheoryData<string> Kinds =>
        [
            .. Plants
                .OfTexts.Concat(Plants.OfMessages)
                .Where(p => CheckList.All.Single(c => c.Id == p.Check).IsMended)
                .Select(p => p.Name),
        ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_mended_is_found_no_more_and_the_other_rows_stay_byte_for_byte(string name)
    {
        bool isText = Plants.OfTexts.Any(p => p.Name == name);
        Plant plant = Plants.OfTexts.Concat(Plants.OfMessages).Single(p => p.Name == name);
        DeterministicRandom random = DeterministicRandom.For(11, name);
        JsonObject[] rows =
        [
            .. Enumerable.Range(1, 20).Select(i => isText ? CleanRows.Pair(random, i) : CleanRows.Conversation(random, i)),
        ];
        string[] lines = [.. rows.Select((r, i) => i == 12 ? plant.Break(r, random) : r.ToJsonString())];
        (DoctorReport before, DoctorReport after, string[] mended, JsonObject[] changes) = Mend(lines);
        Assert.Equal([13], before.Of(plant.Check));
        Assert.Empty(after.Of(plant.Check));
        Assert.Contains(changes, c => (string?)c["check"] == plant.Check && (int)c["row"]! == 13 && c["before"] is not null);
        Assert.All(changes, c => Assert.Equal(13, (int)c["row"]!));
        Assert.Equal(lines.Where((_, i) => i != 12), mended.Where((_, i) => i != 12 || mended.Length < lines.Length));
    }

    [Fact]
    public void Copies_and_contradictions_are_left_out_and_named()
    {
        string[] rows =
        [
            Examined.Pair("What is two and two?", "It is four.", "It is five."),
            Examined.Pair("What is the capital of France?", "That is Paris.", "I do not know."),
            Examined.Pair("What is two and two?", "It is four.", "It is five."),
            Examined.Pair("Is it raining?", "Yes, it rains.", "No, it does not."),
            Examined.Pair("Is it raining?", "No, it does not.", "Yes, it rains."),
        ];
        (DoctorReport before, DoctorReport after, string[] mended, JsonObject[] changes) = Mend(rows);
        Assert.Equal([3], before.Of("duplicate-row"));
        Assert.Equal([4, 5], before.Of("contradicting-pair"));
        Assert.Equal([rows[0], rows[1]], mended);
        Assert.Empty(after.Of("duplicate-row"));
        Assert.Empty(after.Of("contradicting-pair"));
        Assert.Equal(
            ["duplicate-row 3 row 1", "contradicting-pair 4 row 5", "contradicting-pair 5 row 4"],
            changes.Select(c => $"{c["check"]} {c["row"]} {c["with"]}")
        );
    }

    [Fact]
    public void Rows_that_become_copies_by_mending_are_left_out_too()
    {
        string[] rows =
        [
            Examined.Pair("What is two and two?", "It is four.", "It is five."),
            Examined.Pair("What is two and two?", "It is\u200b four.", "It is five."),
        ];
        (_, DoctorReport after, string[] mended, _) = Mend(rows);
        Assert.Single(mended);
        Assert.Empty(after.Of("duplicate-row"));
    }

    [Fact]
    public void Joiners_that_scripts_and_emoji_need_stay()
    {
        const string family = "\U0001f468\u200d\U0001f469\u200d\U0001f467";
        const string persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645";
        const string hindi = "\u0915\u094d\u200d\u0937";
        string[] rows =
        [
            Examined.Pair($"What is {family}?", $"It is {persian}.", $"It is {hindi}."),
            Examined.Pair("What is \u2764\ufe0f\u200d\U0001f525?", "It is love.", "It is a fire."),
        ];
        (DoctorReport before, _, string[] mended, JsonObject[] changes) = Mend(rows);
        Assert.Empty(before.Of("zero-width"));
        Assert.Equal(rows, mended);
        Assert.Empty(changes);
    }

    [Fact]
    public void A_start_token_and_an_end_token_that_stand_there_twice_are_taken_out_once()
    {
        GroupTokenizer tokenizer = Examined.Tokenizing(
            template: "{{ bos_token }}{% for m in messages %}{{ m['content'] + '<|end|>' }}{% endfor %}",
            bos: "<|system|>"
        );
        string[] rows =
        [
            Examined.Pair("What is two and two?", "It is four.", "It is five."),
            Examined.Pair("<|system|>What is two and three?", "It is five.<|end|>", "It is six."),
        ];
        (DoctorReport before, DoctorReport after, string[] mended, _) = Mend(rows, tokenizer);
        Assert.Equal([2], before.Of("double-bos"));
        Assert.Equal([2], before.Of("double-eos"));
        Assert.Equal(Examined.Pair("What is two and three?", "It is five.", "It is six."), mended[1]);
        Assert.DoesNotContain(after.Findings, f => f.Grade > Grade.Note);
    }

    [Fact]
    public void The_file_itself_is_never_written()
    {
        string[] rows = [Examined.Pair("What is two and two?", "It is\u200b four.", "It is five.")];
        Mend(rows);
        Assert.Equal(rows, System.IO.File.ReadAllLines(File("rows.jsonl")));
        GroupTokenizer tokenizer = Examined.Tokenizing();
        DoctorReport report = new DataDoctor(tokenizer).Examine(File("rows.jsonl"), null, TestContext.Current.CancellationToken);
        SimperException refusal = Assert.Throws<SimperException>(() =>
            new DataMender(tokenizer).Write(report, File("rows.jsonl"), TestContext.Current.CancellationToken)
        );
        Assert.Contains("give the copy another name", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(rows, System.IO.File.ReadAllLines(File("rows.jsonl")));
        Assert.Equal(3, Directory.GetFiles(_folder).Length);
    }
}
