using System.Globalization;
using System.Numerics;
using System.Text;

namespace Simper.Text.Doctor.Checks;

/// <summary>Whether a trait of the surface tells chosen from rejected answers.</summary>
internal sealed class GiveawayCheck : IFileCheck
{
    public static readonly Check Giveaway = new(
        "label-by-surface",
        Grade.Warning,
        "a trait of the surface tells which answer is chosen",
        "The loss falls and accuracy reaches 1 at once, and nothing of substance is learnt.",
        "Remove the trait from both answers, or pair answers that share it."
    );

    public static readonly Check Opening = new(
        "label-by-opening",
        Grade.Warning,
        "most answers of one kind begin with the same words, and those of the other kind do not",
        "The first tokens decide; accuracy reaches 1 at once, and nothing of substance is learnt.",
        "Remove the opening, or pair answers that share it."
    );

    public static readonly Check Cut = new(
        "chosen-often-unfinished",
        Grade.Warning,
        "many long chosen answers end without punctuation",
        "They were probably cut where they were generated; the model learns to stop in the middle.",
        "Generate them again with more room, or take them out."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Giveaway, Opening, Cut];

    private const int Fewest = 30; // pairs
    private const double LeastApart = 0.5; // share of pairs in which one answer alone has the trait
    private const double LeastAlike = 0.97; // of these, the share with the trait on the same side
    private const double LeastOpening = 0.5;
    private const double MostOpening = 0.05;
    private const double LeastUnfinished = 0.25;
    private const int OpeningLetters = 16;
    private const int MostOpenings = 4096;

    private static readonly Traits[] Single =
    [
        .. Enum.GetValues<Traits>().Where(t => BitOperations.PopCount((uint)t) == 1 && t != Traits.IsLong),
    ];

    private static readonly (Traits Trait, string Id, string What)[] Shown =
    [
        (Traits.Refuses, "refusals", "answers that refuse, in English"),
        (Traits.SaysModel, "says_model", "answers that say they are a language model's, in English"),
        (Traits.EndsWhole, "ends_whole", "answers that end with punctuation"),
    ];

    private readonly long[] _chosen = new long[32]; // pairs in which the chosen answer alone has the trait
    private readonly long[] _rejected = new long[32];
    private readonly Dictionary<string, long> _chosenOpenings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _rejectedOpenings = new(StringComparer.Ordinal);
    private long _pairs;
    private long _long;
    private long _unfinished;
    private readonly long[,] _with = new long[2, 32]; // pairs whose chosen, and whose rejected answer has the trait

    public void Add(ExaminedRow row, int index)
    {
        if (row.Facts.Traits.Length == 0)
            return;
        Traits first = row.Facts.Traits[0];
        if (row.Kind != AnswerKind.Judged || row.Group!.Weights![0] > 0)
        {
            bool isProse = first.HasFlag(Traits.IsLong) && !first.HasFlag(Traits.HasCode);
            _long += isProse ? 1 : 0;
            _unfinished += isProse && !first.HasFlag(Traits.EndsWhole) ? 1 : 0;
        }
        if (row.Kind != AnswerKind.Pair || row.Tokens?.Group is null)
            return;
        Traits second = row.Facts.Traits[1];
        _pairs++;
        foreach (Traits trait in Single)
        {
            int bit = BitOperations.Log2((uint)trait);
            _with[0, bit] += first.HasFlag(trait) ? 1 : 0;
            _with[1, bit] += second.HasFlag(trait) ? 1 : 0;
            if (first.HasFlag(trait) != second.HasFlag(trait))
                (first.HasFlag(trait) ? _chosen : _rejected)[bit]++;
        }
        Count(_chosenOpenings, row.TextOf(0));
        Count(_rejectedOpenings, row.TextOf(1));
    }

    public void End(FoundRows found)
    {
        if (_long >= Fewest && _unfinished > LeastUnfinished * _long)
            found.Say(Cut, $"{SharePercent.Text(_unfinished, _long)} of the long chosen answers end without punctuation");
        if (_pairs < Fewest)
            return;
        if (TellingTrait() is { } trait)
            found.Say(Giveaway, trait);
        if (TellingOpening(_chosenOpenings, _rejectedOpenings, "chosen") is { } opening)
            found.Say(Opening, opening);
        else if (TellingOpening(_rejectedOpenings, _chosenOpenings, "rejected") is { } other)
            found.Say(Opening, other);
    }

    public IEnumerable<DoctorFigure> Figures()
    {
        if (_pairs == 0)
            yield break;
        foreach ((Traits trait, string id, string what) in Shown)
        {
            yield return Share($"{id}_chosen", $"chosen {what}", _with[0, BitOperations.Log2((uint)trait)]);
            yield return Share($"{id}_rejected", $"rejected {what}", _with[1, BitOperations.Log2((uint)trait)]);
        }
    }

    private DoctorFigure Share(string id, string what, long count) =>
        new(id, what, (double)count / _pairs, SharePercent.Text(count, _pairs));

    private string? TellingTrait()
    {
        var telling = Single
            .Select(t =>
                (Trait: t, Chosen: _chosen[BitOperations.Log2((uint)t)], Rejected: _rejected[BitOperations.Log2((uint)t)])
            )
            .Where(t =>
                t.Chosen + t.Rejected >= LeastApart * _pairs
                && Math.Max(t.Chosen, t.Rejected) >= LeastAlike * (t.Chosen + t.Rejected)
            )
            .Select(t => Said(t.Trait, t.Chosen, t.Rejected))
            .ToArray();
        return telling.Length == 0 ? null : string.Join("; ", telling);
    }

    private static string Said(Traits trait, long chosen, long rejected) =>
        $"where one answer alone {AnswerTraits.Named(trait)}, it is the {(chosen > rejected ? "chosen" : "rejected")} one in "
        + $"{SharePercent.Text(Math.Max(chosen, rejected), chosen + rejected)} of "
        + string.Create(CultureInfo.InvariantCulture, $"{chosen + rejected:N0} pairs");

    private string? TellingOpening(Dictionary<string, long> own, Dictionary<string, long> others, string name)
    {
        if (own.Count == 0)
            return null;
        (string opening, long count) = own.MaxBy(o => o.Value);
        long elsewhere = others.GetValueOrDefault(opening);
        return count >= LeastOpening * _pairs && elsewhere <= MostOpening * _pairs
            ? $"{SharePercent.Text(count, _pairs)} of the {name} answers begin with \"{opening}\", and "
                + $"{SharePercent.Text(elsewhere, _pairs)} of the others"
            : null;
    }

    // The first openings seen are counted: one that half of all answers have is among them.
    private static void Count(Dictionary<string, long> openings, string text)
    {
        ReadOnlySpan<char> said = text.AsSpan().TrimStart();
        string opening = said[..Math.Min(OpeningLetters, said.Length)].ToString();
        if (openings.TryGetValue(opening, out long count))
            openings[opening] = count + 1;
        else if (openings.Count < MostOpenings)
            openings.Add(opening, 1);
    }
}
