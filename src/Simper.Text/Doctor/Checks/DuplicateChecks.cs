using System.Globalization;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Doctor.Checks;

/// <summary>Rows that repeat or contradict others.</summary>
/// <param name="placeAt">The file and the number of a row, by its place among all rows.</param>
/// <param name="groupAt">Reads such a row again.</param>
/// <param name="cancel">Stops the search for near copies.</param>
internal sealed class DuplicateChecks(
    Func<int, (int File, int Row)> placeAt,
    Func<int, PreferenceGroup> groupAt,
    CancellationToken cancel
) : IFileCheck
{
    public static readonly Check Exact = new(
        "duplicate-row",
        Grade.Warning,
        "the row repeats another one",
        "It counts twice; split at random, one copy may be held out and the other trained on.",
        "Take the copies out."
    )
    {
        IsMended = true,
    };

    public static readonly Check Near = new(
        "near-duplicate",
        Grade.Note,
        "the row is nearly another one: four of five shingles of prompt and answers are the same, or more",
        "Near copies count nearly twice, and leak into held-out rows.",
        "Take them out where they are not meant; train with near duplicates removed."
    );

    public static readonly Check Contradicts = new(
        "contradicting-pair",
        Grade.Warning,
        "another row prefers the same answers the other way round",
        "One of the two labels is wrong; together they teach nothing.",
        "Find out which one is right, or take both out."
    )
    {
        IsMended = true,
    };

    public static readonly Check Circle = new(
        "preference-circle",
        Grade.Warning,
        "preferences of the prompt run in a circle: A over B, B over C, C over A",
        "One of the labels is wrong.",
        "Find out which one, or take the rows out."
    );

    public static readonly Check Label = new(
        "contradicting-label",
        Grade.Warning,
        "the same answer to the same prompt is labelled good in one row and bad in another",
        "One of the labels is wrong.",
        "Find out which one is right, or take the rows out."
    )
    {
        IsMended = true,
    };

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Exact, Near, Contradicts, Circle, Label];

    private GroupHashes.Builder? _builder = new(); // as long as rows are added
    private readonly List<int> _rows = []; // the place of each row that is counted among all rows

    /// <summary>The hashes of the rows seen, to be asked for when there are no more.</summary>
    public GroupHashes Hashes
    {
        get
        {
            field ??= _builder!.Build();
            _builder = null; // its memory is as large
            return field;
        }
    }

    /// <summary>For each row seen here the first that has its prompt.</summary>
    public int[] FirstOfPrompt => field ??= Repeats.FirstOf(Hashes.Prompts);

    /// <summary>A row by its place among those seen here.</summary>
    public FoundRow RowOf(int group, string detail = "")
    {
        (int file, int row) = placeAt(_rows[group]);
        return new FoundRow(file, row, detail);
    }

    /// <summary>Reads such a row again.</summary>
    public PreferenceGroup GroupOf(int group) => groupAt(_rows[group]);

    public void Add(ExaminedRow row, int index)
    {
        if (row.LeftOut is not null)
            return;
        _builder!.Add(row.Facts.Hash);
        _rows.Add(index);
    }

    public void End(FoundRows found)
    {
        var copies = new HashSet<int>();
        foreach (DuplicateRow copy in ExactDuplicates.Of(Hashes))
        {
            copies.Add(copy.Group);
            found.Add(Exact, RowOf(copy.Group, $"of {Named(copy.With, copy.Group)}"));
        }
        foreach (Contradiction c in Contradictions.Of(Hashes))
        {
            Check check =
                c.Kind == ContradictionKind.Reversed ? Contradicts
                : c.Kind == ContradictionKind.Label ? Label
                : Circle;
            foreach (int group in c.Groups)
                found.Add(check, RowOf(group, With(c.Groups, group)));
        }
        int[] others = [.. Enumerable.Range(0, _rows.Count).Where(i => !copies.Contains(i))];
        IReadOnlyList<DuplicateRow> near = new NearDuplicates().Of(
            others.Length,
            i => GroupShingles.Of(GroupOf(others[i])),
            cancel
        );
        foreach (DuplicateRow row in near)
        {
            (int copy, int of) = (others[row.Group], others[row.With]);
            // A good and a bad answer that are alike are what labels are for.
            if (Hashes.LevelsOf(copy).SequenceEqual(Hashes.LevelsOf(of)))
                found.Add(Near, RowOf(copy, $"of {Named(of, copy)}, similarity {Shown(row.Similarity)}"));
        }
    }

    private static string Shown(double similarity) => similarity.ToString("F2", CultureInfo.InvariantCulture);

    public IEnumerable<DoctorFigure> Figures()
    {
        int distinct = FirstOfPrompt.Where((f, i) => f == i).Count();
        yield return new DoctorFigure(
            "prompts",
            "different prompts",
            distinct,
            distinct.ToString("N0", CultureInfo.InvariantCulture)
        );
    }

    private string With(IReadOnlyList<int> groups, int own)
    {
        int[] others = [.. groups.Where(g => g != own)];
        return others.Length == 0
            ? "with itself"
            : $"with {string.Join(", ", others.Take(3).Select(g => Named(g, own)))}{(others.Length > 3 ? ", ..." : "")}";
    }

    private string Named(int group, int beside)
    {
        FoundRow row = RowOf(group);
        return row.File == RowOf(beside).File ? $"row {row.Row}" : $"row {row.Row} of file {row.File + 1}";
    }
}
