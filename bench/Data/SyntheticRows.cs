using System.Globalization;
using System.Text;
using Simper.Text.Preferences;

namespace Simper.Bench.Data;

/// <summary>
/// Preference pairs of made-up words as JSON lines: any number, the same for the same number. Words follow Zipf's law, so that a
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

    /// <summary>Writes <paramref name="count"/> pairs.</summary>
    public static void Write(string path, int count)
    {
        var random = DeterministicRandom.For(7, "synthetic rows");
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 16);
        var line = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            line.Clear().Append("{\"prompt\":\"");
            Sentence(line, random, 10 + random.NextBelow(30));
            line.Append("\",\"chosen\":\"");
            Sentence(line, random, 5 + random.NextBelow(20));
            line.Append("\",\"rejected\":\"");
            Sentence(line, random, 5 + random.NextBelow(20));
            line.Append(CultureInfo.InvariantCulture, $" {i}\"}}");
            writer.WriteLine(line);
        }
    }

    private static void Sentence(StringBuilder to, DeterministicRandom random, int words)
    {
        for (int w = 0; w < words; w++)
        {
            if (w > 0)
                to.Append(random.NextBelow(12) == 0 ? ", " : " ");
            // The rank of a word is log-uniform: a word of rank r comes with a frequency of about 1/r.
            int rank = (int)Math.Exp(random.NextDouble() * Math.Log(Words));
            for (int rest = rank; rest > 0; rest /= Syllables.Length)
                to.Append(Syllables[rest % Syllables.Length]);
        }
        to.Append('.');
    }
}
