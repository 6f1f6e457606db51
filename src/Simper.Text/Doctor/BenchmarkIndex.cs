using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Doctor;

/// <summary>
/// The words of benchmarks' items, to be found in other texts: every thirteen words in a row, as GPT-3's authors and
/// lm-evaluation-harness count contamination (Brown et al. 2020, appendix C); of shorter questions, down to eight words, all
/// words together. Runs of numbers and what stands in more than ten items are no items' own words. Read only once built; thread
/// safe.
/// </summary>
public sealed class BenchmarkIndex
{
    /// <summary>Words in a row that make an overlap.</summary>
    public const int Words = 13;

    private const int Shortest = 8;
    private const int MostItems = 10;
    private const int FewestWords = 6; // different ones that are no numbers, in thirteen words
    private const int LargestNumber = 2100; // years are numbers, too
    private const ulong Prime = 0x9e3779b97f4a7c15;

    // Whose texts are questions; others are choices, answers, explanations, of which short ones are anybody's words.
    private static readonly HashSet<string> Questions = new(StringComparer.OrdinalIgnoreCase)
    {
        "question",
        "query",
        "prompt",
        "problem",
        "context",
        "ctx",
        "input",
        "instruction",
        "sentence",
        "goal",
        "text",
        "content",
        "value",
        "turns",
    };

    private static readonly HashSet<ulong> Numbers = NumberWords();

    private static readonly ulong[] Powers = PowersOf(Prime);

    // Of thirteen words: the first item, and in how many it is. Of shorter items: their first eight words, then all of them.
    private readonly Dictionary<ulong, (int Item, int Count)> _long = [];
    private readonly Dictionary<ulong, List<(ulong Whole, int Words, int Item)>> _short = [];
    private readonly List<(int File, int Row)> _items = [];
    private readonly List<string> _files = [];

    /// <summary>The files added.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>Items with words enough.</summary>
    public int Count => _items.Count;

    /// <summary>Adds the texts of a file of any columns; every text of a row is one.</summary>
    /// <param name="file">A data file.</param>
    /// <param name="cancel">Stops between rows.</param>
    /// <exception cref="SimperException">It cannot be read.</exception>
    public void Add(string file, CancellationToken cancel = default)
    {
        _files.Add(file);
        foreach (RowReader.RawRow raw in RowReader.Read(file))
        {
            cancel.ThrowIfCancellationRequested();
            JsonObject row = RowJson.Parse(raw.Utf8, RowReader.Place(file, raw.Row, raw.Unit));
            int item = _items.Count;
            bool isKept = false;
            foreach ((string text, bool isQuestion) in Texts(row, isQuestion: false))
                isKept |= Add(text, item, isQuestion);
            if (isKept)
                _items.Add((_files.Count - 1, raw.Row));
        }
    }

    /// <summary>Where an item is from.</summary>
    public string Place(int item) => $"{Path.GetFileName(_files[_items[item].File])}, row {_items[item].Row}";

    /// <summary>The first overlap of a text with an item: the item, the first word and how many; null if there is none.</summary>
    internal (int Item, int At, int Words)? Find(string text)
    {
        if (text.Length < 2 * Shortest || (_long.Count == 0 && _short.Count == 0))
            return null;
        var words = new List<ulong>();
        WordHashes.Read(text, words);
        ulong[] sums = Sums(words);
        for (int i = 0; i + Shortest <= words.Count; i++)
        {
            if (
                i + Words <= words.Count
                && _long.TryGetValue(Hash(sums, i, Words), out (int Item, int Count) found)
                && found.Count <= MostItems
            )
                return (found.Item, i, Overlap(sums, i));
            if (!_short.TryGetValue(Hash(sums, i, Shortest), out List<(ulong Whole, int Words, int Item)>? items))
                continue;
            foreach ((ulong whole, int length, int item) in items)
            {
                if (i + length <= words.Count && Hash(sums, i, length) == whole)
                    return (item, i, length);
            }
        }
        return null;
    }

    // How many words from a place on are of items.
    private int Overlap(ulong[] sums, int start)
    {
        int i = start;
        while (i + 1 + Words < sums.Length && _long.ContainsKey(Hash(sums, i + 1, Words)))
            i++;
        return i - start + Words;
    }

    private bool Add(string text, int item, bool isQuestion)
    {
        var words = new List<ulong>();
        WordHashes.Read(text, words);
        if (words.Count < Shortest)
            return false;
        ulong[] sums = Sums(words);
        if (words.Count < Words)
        {
            if (!isQuestion)
                return false;
            ulong key = Hash(sums, 0, Shortest);
            if (!_short.TryGetValue(key, out List<(ulong Whole, int Words, int Item)>? items))
                _short[key] = items = [];
            if (items.Count <= MostItems)
                items.Add((Hash(sums, 0, words.Count), words.Count, item));
            return true;
        }
        for (int i = 0; i + Words <= words.Count; i++)
        {
            if (!HasWords(words, i))
                continue;
            ulong key = Hash(sums, i, Words);
            if (!_long.TryGetValue(key, out (int Item, int Count) known))
                _long[key] = (item, 1);
            else if (known.Item != item)
                _long[key] = (known.Item, known.Count + 1);
        }
        return true;
    }

    // Sums of the first words, so that the hash of any run is a difference.
    private static ulong[] Sums(List<ulong> words)
    {
        var sums = new ulong[words.Count + 1];
        for (int i = 0; i < words.Count; i++)
            sums[i + 1] = sums[i] * Prime + words[i];
        return sums;
    }

    private static ulong Hash(ulong[] sums, int start, int length) =>
        DeterministicRandom.Mixed(sums[start + length] - sums[start] * Powers[length]);

    private static ulong[] PowersOf(ulong prime)
    {
        var powers = new ulong[Words + 1];
        powers[0] = 1;
        for (int i = 1; i < powers.Length; i++)
            powers[i] = powers[i - 1] * prime;
        return powers;
    }

    private static bool HasWords(List<ulong> words, int start)
    {
        Span<ulong> seen = stackalloc ulong[Words];
        int count = 0;
        for (int i = start; i < start + Words; i++)
        {
            if (!Numbers.Contains(words[i]) && !seen[..count].Contains(words[i]))
                seen[count++] = words[i];
        }
        return count >= FewestWords;
    }

    private static HashSet<ulong> NumberWords()
    {
        var words = new List<ulong>();
        WordHashes.Read(string.Join(' ', Enumerable.Range(0, LargestNumber)), words);
        return [.. words];
    }

    private static IEnumerable<(string Text, bool IsQuestion)> Texts(JsonNode? node, bool isQuestion) =>
        node switch
        {
            JsonObject map => map.SelectMany(e => Texts(e.Value, Questions.Contains(e.Key))),
            JsonArray list => list.SelectMany(i => Texts(i, isQuestion)),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => [((string)value!, isQuestion)],
            _ => [],
        };
}
