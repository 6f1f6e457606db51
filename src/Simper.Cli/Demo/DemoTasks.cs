using System.Globalization;
using System.Text.RegularExpressions;
using Simper.Text.Preferences;

namespace Simper.Cli.Demo;

/// <summary>The demo's requests and their exact check.</summary>
internal static partial class DemoTasks
{
    private static readonly string[] Words =
    [
        "apple",
        "bear",
        "bird",
        "boat",
        "book",
        "bread",
        "bridge",
        "candle",
        "castle",
        "chair",
        "cloud",
        "corn",
        "desk",
        "door",
        "dream",
        "eagle",
        "earth",
        "field",
        "fire",
        "fish",
        "flower",
        "forest",
        "frog",
        "garden",
        "glass",
        "grape",
        "green",
        "hand",
        "heart",
        "hill",
        "honey",
        "horse",
        "house",
        "island",
        "jacket",
        "juice",
        "kettle",
        "king",
        "kite",
        "lake",
        "lamp",
        "leaf",
        "lemon",
        "light",
        "lion",
        "map",
        "milk",
        "mirror",
        "moon",
        "mouse",
        "music",
        "night",
        "nest",
        "ocean",
        "olive",
        "onion",
        "paper",
        "pear",
        "pearl",
        "pencil",
        "plum",
        "pond",
        "queen",
        "quilt",
        "rain",
        "ring",
        "river",
        "road",
        "rope",
        "rose",
        "sand",
        "ship",
        "silver",
        "snow",
        "song",
        "spoon",
        "star",
        "stone",
        "sugar",
        "summer",
        "table",
        "tiger",
        "tower",
        "train",
        "tree",
        "uncle",
        "valley",
        "violin",
        "wagon",
        "water",
        "whale",
        "wheel",
        "window",
        "winter",
        "wolf",
        "wood",
        "yard",
        "yellow",
        "zebra",
        "zero",
    ];

    /// <summary>All kinds. Those with a small share are mostly answered badly by the bundled model.</summary>
    public static IReadOnlyList<DemoTask> All { get; } =
    [
        new(
            "sort",
            0.36,
            r => $"Put these words in alphabetical order: {List(r, 2)}.",
            p => Items(Sort().Match(p)) is { } words ? string.Join(", ", words.Order(StringComparer.Ordinal)) : null,
            p => Items(Sort().Match(p)) is { } words ? string.Join(", ", words) : ""
        ),
        new(
            "reverse",
            0.36,
            r => $"Say these words backwards: {List(r, 3)}.",
            p => Items(Backwards().Match(p)) is { } words ? string.Join(", ", words.Reverse()) : null,
            p => Items(Backwards().Match(p)) is { } words ? string.Join(", ", words) : ""
        ),
        new(
            "capitals",
            0.36,
            r => $"Write in capital letters: {Pick(r)} {Pick(r)}.",
            p => Capitals().Match(p) is { Success: true } m ? m.Groups[1].Value.ToUpperInvariant() : null,
            p => Capitals().Match(p).Groups[1].Value
        ),
        new(
            "repeat",
            0.36,
            r => $"Say {Pick(r)} {r.NextBelow(3) + 2} times.",
            p =>
                Repeat().Match(p) is { Success: true } m
                    ? string.Join(
                        ' ',
                        Enumerable.Repeat(m.Groups[1].Value, int.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture))
                    )
                    : null,
            p => Repeat().Match(p).Groups[1].Value
        ),
        new(
            "larger",
            0.62,
            r => Two(r) is var (a, b) ? $"Which is larger, {a} or {b}?" : "",
            p =>
                Larger().Match(p) is { Success: true } m
                    ? Number(m, 1) > Number(m, 2)
                        ? m.Groups[1].Value
                        : m.Groups[2].Value
                    : null,
            p =>
                Larger().Match(p) is { Success: true } m
                    ? Number(m, 1) > Number(m, 2)
                        ? m.Groups[2].Value
                        : m.Groups[1].Value
                    : ""
        ),
        new(
            "count",
            0.62,
            r => $"How many words are here: {string.Join(' ', Several(r, r.NextBelow(4) + 2))}?",
            p => Count().Match(p) is { Success: true } m ? Text(m.Groups[1].Value.Split(' ').Length) : null,
            p => Text(Count().Match(p).Groups[1].Value.Split(' ').Length + 1)
        ),
        new(
            "first",
            0.62,
            r => $"What is the first word here: {List(r, 4)}?",
            p => Items(First().Match(p))?[0],
            p => Items(First().Match(p))?[^1] ?? ""
        ),
    ];

    /// <summary>Whether an answer is right, to the character: computed from the request, not looked up.</summary>
    public static bool Passes(string request, string answer) => Right(request) is { } right && answer.Trim() == right;

    /// <summary>The right answer to a request of any kind.</summary>
    public static string? Right(string request) => All.Select(t => t.Right(request)).FirstOrDefault(a => a is not null);

    /// <summary>The kind of a request.</summary>
    public static DemoTask Of(string request) => All.First(t => t.Right(request) is not null);

    /// <summary>A bad answer: wrong but well-formed, or a guess padded with talk.</summary>
    public static string Bad(DemoTask task, string request, DeterministicRandom random)
    {
        string wrong = task.Wrong(request);
        if (wrong == task.Right(request))
            wrong = task.Name is "sort" or "reverse" ? string.Join(", ", wrong.Split(", ").Reverse()) : wrong;
        return random.NextBelow(3) switch
        {
            0 => $"Hmm, let me think. Maybe {wrong}, but who can say?",
            _ => wrong,
        };
    }

    private static string Pick(DeterministicRandom random) => Words[random.NextBelow(Words.Length)];

    private static string[] Several(DeterministicRandom random, int count) =>
        [.. random.Permutation(Words.Length)[..count].Select(i => Words[i])];

    private static string List(DeterministicRandom random, int count) => string.Join(", ", Several(random, count));

    private static (int, int) Two(DeterministicRandom random)
    {
        int a = random.NextBelow(90) + 10;
        int b = random.NextBelow(89) + 10;
        return (a, b >= a ? b + 1 : b);
    }

    private static string[]? Items(Match match) => match.Success ? match.Groups[1].Value.Split(", ") : null;

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^Put these words in alphabetical order: ([a-z, ]+)\.$")]
    private static partial Regex Sort();

    [GeneratedRegex(@"^Say these words backwards: ([a-z, ]+)\.$")]
    private static partial Regex Backwards();

    [GeneratedRegex(@"^Write in capital letters: ([a-z ]+)\.$")]
    private static partial Regex Capitals();

    [GeneratedRegex(@"^Say ([a-z]+) (\d) times\.$")]
    private static partial Regex Repeat();

    [GeneratedRegex(@"^Which is larger, (\d+) or (\d+)\?$")]
    private static partial Regex Larger();

    [GeneratedRegex(@"^How many words are here: ([a-z ]+)\?$")]
    private static partial Regex Count();

    [GeneratedRegex(@"^What is the first word here: ([a-z, ]+)\?$")]
    private static partial Regex First();
}
