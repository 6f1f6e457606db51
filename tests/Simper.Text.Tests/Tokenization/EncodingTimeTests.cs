using System.Diagnostics;
using Simper.Testing;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Tokenization;

/// <summary>Texts that make merging quadratic elsewhere: a mebibyte of each, in about the time of prose.</summary>
public class EncodingTimeTests
{
    private const int Bytes = 1 << 20;

    private static readonly (string What, string Piece)[] Texts =
    [
        ("a letter", "a"),
        ("spaces", " "),
        ("^", "^"),
        ("emoji", "\U0001f600"),
        ("combining marks", "\u0301"),
        ("zero-width joiners", "\u200d"),
        ("line breaks", "\n"),
        ("digits", "7"),
        ("unknown letters", "\U00012000"),
        ("alternating cases", "aB"),
    ];

    public static TheoryData<string> Names => ["gpt2/tokenizer.json.gz", "qwen3/tokenizer.json.gz", "stories260K"];

    private static Tokenizer Named(string name) =>
        Tokenizer.Load(
            name == "stories260K"
                ? SharedFiles.Path("data", "stories260K-hf", "tokenizer.json")
                : SharedFiles.Path(["data", "tokenizers", .. name.Split('/')])
        );

    private static string Repeated(string piece) =>
        string.Concat(Enumerable.Repeat(piece, Bytes / System.Text.Encoding.UTF8.GetByteCount(piece)));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_mebibyte_of_one_character_is_encoded_and_decoded(string name)
    {
        Tokenizer tokenizer = Named(name);
        // Prose: words of many kinds, none twice in a row.
        var random = new Random(4);
        string prose = string.Concat(
            Enumerable
                .Range(0, Bytes / 4)
                .Select(_ =>
                    string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => (char)('a' + random.Next(26)))) + " "
                )
        )[..Bytes];
        _ = tokenizer.EncodeToIds(prose[..10_000]);
        double ofProse = Seconds(() => tokenizer.EncodeToIds(prose));
        var times = new List<string>();
        int bytes = Counts.AreFull ? Bytes : Bytes / 8;
        foreach ((string what, string piece) in Texts)
        {
            string text = Repeated(piece)[..(int)((long)Repeated(piece).Length * bytes / Bytes / piece.Length * piece.Length)];
            int[] ids = [];
            double seconds = Seconds(() => ids = tokenizer.EncodeToIds(text));
            Assert.NotEmpty(ids);
            times.Add($"{what} {seconds / ofProse:F2}");
            // Quadratic merging would take a thousand times as long; three times is the figure of the report.
            if (Counts.AreFull)
                Assert.True(seconds < 10 * ofProse, $"{what}: {seconds:F2} s, prose {ofProse:F2} s");
        }
        Counts.Tell(18, $"{name}: 1 MiB of prose {ofProse * 1000:F0} ms; in that unit {string.Join(", ", times)}");
    }

    private static double Seconds(Action action)
    {
        long began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
