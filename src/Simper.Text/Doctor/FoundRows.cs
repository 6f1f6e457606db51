using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>Collects the rows of each check: all are counted, the first are kept, so that memory is flat. Not thread safe.</summary>
internal sealed class FoundRows(Compatibility mode)
{
    /// <summary>How many rows of a check are kept.</summary>
    public const int Most = 1000;

    private readonly Dictionary<Check, (long Count, List<FoundRow> First)> _found = [];

    /// <summary>Adds a row. A second fault of the same kind in the row just added extends its detail.</summary>
    public void Add(Check check, FoundRow row)
    {
        (long count, List<FoundRow> first) = _found.GetValueOrDefault(check, (0, []));
        if (first.Count == count && first.Count > 0 && first[^1] is var last && last.File == row.File && last.Row == row.Row)
        {
            first[^1] = last with { Detail = $"{last.Detail}; {row.Detail}" };
            return;
        }
        if (first.Count < Most)
            first.Add(row);
        _found[check] = (count + 1, first);
    }

    /// <summary>The findings so far, in the order of the checks.</summary>
    public IEnumerable<Finding> All() => CheckList.All.Where(_found.ContainsKey).Select(c => Of(c, c.What));

    /// <summary>A finding with a sentence of its own.</summary>
    public Finding Of(Check check, string what, Grade? grade = null) =>
        new()
        {
            Check = check,
            Grade = grade ?? check.In(mode),
            What = what,
            Count = _found.GetValueOrDefault(check).Count,
            Rows = _found.GetValueOrDefault(check).First ?? [],
        };
}
