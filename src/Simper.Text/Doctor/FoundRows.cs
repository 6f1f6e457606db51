using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>
/// Collects what each check found: all rows are counted, the first are kept, so that memory is flat. Not thread safe.
/// </summary>
internal sealed class FoundRows(Compatibility mode)
{
    /// <summary>How many rows of a check are kept.</summary>
    public const int Most = 1000;

    private readonly Dictionary<Check, Found> _found = new(ReferenceEqualityComparer.Instance);

    private sealed class Found
    {
        public List<FoundRow> First { get; } = [];

        public long Count { get; set; }

        public string? What { get; set; }

        public Grade? Grade { get; set; }
    }

    /// <summary>Adds a row. A second fault of the same kind in the row just added extends its detail.</summary>
    public void Add(Check check, FoundRow row)
    {
        Found found = Of(check);
        if (found.First.Count == found.Count && found.First is [.., var last] && last.File == row.File && last.Row == row.Row)
        {
            found.First[^1] = last with { Detail = Joined(last.Detail, row.Detail) };
            return;
        }
        if (found.First.Count < Most)
            found.First.Add(row);
        found.Count++;
    }

    /// <summary>Adds to the count of a check rows that are not named.</summary>
    public void AddMore(Check check, long count)
    {
        if (count > 0)
            Of(check).Count += count;
    }

    /// <summary>Says what is the case in words of its own, with another grade where one is given.</summary>
    public void Say(Check check, string what, Grade? grade = null)
    {
        Found found = Of(check);
        (found.What, found.Grade) = (what, grade);
    }

    /// <summary>The findings, gravest first, then in the order of the checks.</summary>
    public IReadOnlyList<Finding> All() =>
        [.. CheckList.All.Where(_found.ContainsKey).Select(Finding).OrderByDescending(f => f.Grade)];

    private Finding Finding(Check check) =>
        new()
        {
            Check = check,
            Grade = _found[check].Grade ?? check.In(mode),
            What = _found[check].What ?? check.What,
            Count = _found[check].Count,
            Rows = [.. _found[check].First.OrderBy(r => (r.File, r.Row))],
        };

    private static string Joined(string first, string second) =>
        second.Length == 0 || first == second ? first
        : first.Length == 0 ? second
        : $"{first}; {second}";

    private Found Of(Check check)
    {
        if (!_found.TryGetValue(check, out Found? found))
            _found[check] = found = new Found();
        return found;
    }
}
