using System.Globalization;
using System.Text;
using Parquet;
using Parquet.Schema;
using Simper.Text.Preferences;

namespace Simper.Bench.Data;

/// <summary>
/// Preference pairs of made-up words: any number, the same for the same number. Words follow Zipf's law, so that a
/// cache of words meets what it meets in real text: frequent ones, and always new ones.
/// </summary>
internal static class SyntheticRows
{
    private const int Words = 200_000;
    private static readonly string[] Syllables =
    [
        "ka",
        "to",
        "mi",
        "ren",
        "sol",
        "ta",
        "vor",
        "lin",
        "e",
        "da",
        "shu",
        "pra",
        "no",
        "gel",
        "ui",
        "ster",
    ];

    /// <summary>Writes <paramref name="count"/> pairs, as the file's ending says: Parquet, CSV or JSON lines.</summary>
    /// <param name="path">The file.</param>
    /// <param name="count">How many.</param>
    /// <param name="length">How many times as long as usual (0.4 kB) they are.</param>
    /// <param name="rowGroup">Rows of a row group of Parquet.</param>
    public static void Write(string path, int count, int length, int rowGroup)
    {
        switch (Path.GetExtension(path))
        {
            case ".parquet":
                WriteParquet(path, Pairs(count, length), rowGroup).GetAwaiter().GetResult();
                break;
            case ".csv":
                File.WriteAllLines(
                    path,
                    Pairs(count, length)
                        .Select(p => $"\"{p.Prompt}\",\"{p.Chosen}\",\"{p.Rejected}\"")
                        .Prepend("prompt,chosen,rejected")
                );
                break;
            default:
                File.WriteAllLines(
                    path,
                    Pairs(count, length)
                        .Select(p => $"{{\"prompt\":\"{p.Prompt}\",\"chosen\":\"{p.Chosen}\",\"rejected\":\"{p.Rejected}\"}}")
                );
                break;
        }
    }

    private static IEnumerable<(string Prompt, string Chosen, string Rejected)> Pairs(int count, int length)
    {
        var random = DeterministicRandom.For(7, "synthetic rows");
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            string prompt = Sentence(text, random, length * (10 + random.NextBelow(30)));
            string chosen = Sentence(text, random, length * (5 + random.NextBelow(20)));
            string rejected = Sentence(text, random, length * (5 + random.NextBelow(20)));
            yield return (prompt, chosen, string.Create(CultureInfo.InvariantCulture, $"{rejected} {i}"));
        }
    }

    private static async Task WriteParquet(
        string path,
        IEnumerable<(string Prompt, string Chosen, string Rejected)> pairs,
        int rowGroup
    )
    {
        DataField[] fields =
        [
            new DataField<string>("prompt"),
            new DataField<string>("chosen"),
            new DataField<string>("rejected"),
        ];
        await using FileStream file = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), file);
        foreach ((string Prompt, string Chosen, string Rejected)[] rows in pairs.Chunk(rowGroup))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync(fields[0], [.. rows.Select(r => r.Prompt)]);
            await group.WriteAsync(fields[1], [.. rows.Select(r => r.Chosen)]);
            await group.WriteAsync(fields[2], [.. rows.Select(r => r.Rejected)]);
        }
    }

    private static string Sentence(StringBuilder to, DeterministicRandom random, int words)
    {
        to.Clear();
        for (int w = 0; w < words; w++)
        {
            if (w > 0)
                to.Append(random.NextBelow(12) == 0 ? ", " : " ");
            // The rank of a word is log-uniform: a word of rank r comes with a frequency of about 1/r.
            int rank = (int)Math.Exp(random.NextDouble() * Math.Log(Words));
            for (int rest = rank; rest > 0; rest /= Syllables.Length)
                to.Append(Syllables[rest % Syllables.Length]);
        }
        return to.Append('.').ToString();
    }
}
