using System.Globalization;
using System.Text.RegularExpressions;

namespace Simper.Runs;

/// <summary>
/// Collects messages while a recipe is read: all problems, reported at once, and the keys without effect, reported in one line.
/// </summary>
internal sealed partial class RecipeReading
{
    private const int MostShown = 40;

    private readonly List<string> _problems = [];
    private readonly List<string> _notes = [];
    private readonly List<(RecipeEntry Entry, string Reason)> _idle = [];
    private string? _advice;

    /// <summary>Runs an action that may refuse a value; a refusal is recorded and reading continues.</summary>
    /// <returns>Whether nothing was refused.</returns>
    public bool Try(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (SimperException e)
        {
            Stop(e.Message);
            return false;
        }
    }

    /// <summary>Adds a problem: a sentence with its location.</summary>
    public void Stop(string sentence)
    {
        if (!_problems.Contains(sentence))
            _problems.Add(sentence);
    }

    /// <summary>Adds advice on some of the problems; it is not a problem itself, and is printed after them.</summary>
    public void Advise(string sentence) => _advice = sentence;

    /// <summary>Adds a note.</summary>
    public void Note(string sentence) => _notes.Add(sentence);

    /// <summary>Adds a key that is accepted without effect.</summary>
    /// <param name="entry">The key.</param>
    /// <param name="reason">Why; may be empty.</param>
    public void Idle(RecipeEntry entry, string reason) => _idle.Add((entry, reason));

    /// <summary>Whether there are problems.</summary>
    public bool HasProblems => _problems.Count > 0;

    /// <summary>Ends the reading.</summary>
    /// <param name="file">The recipe's file, or null.</param>
    /// <param name="notes">Receives the notes.</param>
    /// <exception cref="SimperException">There are problems: one sentence, or a list of all of them.</exception>
    public void Finish(string? file, ICollection<string>? notes)
    {
        if (_problems.Count == 1)
            throw new SimperException(_advice is null ? _problems[0] : $"{_problems[0]} {_advice}");
        if (_problems.Count > 1)
            throw new SimperException(List(file));
        foreach (string note in _notes)
            notes?.Add(note);
        if (_idle.Count > 0)
            notes?.Add(IdleKeys(file));
    }

    private string List(string? file)
    {
        string prefix = file is null ? "" : file + ", ";
        IEnumerable<string> lines = _problems
            .OrderBy(LineOf)
            .Take(MostShown)
            .Select(p => "- " + (prefix.Length > 0 && p.StartsWith(prefix, StringComparison.Ordinal) ? p[prefix.Length..] : p));
        if (_problems.Count > MostShown)
            lines = lines.Append($"- and {_problems.Count - MostShown} more.");
        return $"{file ?? "This command"}: {_problems.Count} things keep this recipe from running; a key is changed in the file "
            + "or by --key value, and --key null unsets it:\n"
            + string.Join('\n', _advice is null ? lines : lines.Append(_advice));
    }

    // The command line's come last.
    private static int LineOf(string problem) =>
        PlaceOf().Match(problem) is { Success: true } place
            ? int.Parse(place.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : int.MaxValue;

    [GeneratedRegex(@", line (\d{1,9})\b")]
    private static partial Regex PlaceOf();

    private string IdleKeys(string? file)
    {
        if (_idle is [var (entry, reason)])
            return $"{entry.Subject} has no effect here{(reason.Length > 0 ? $": {reason}" : "")}.";
        string keys = string.Join(
            "; ",
            _idle
                .GroupBy(i => i.Reason)
                .Select(g => string.Join(", ", g.Select(i => i.Entry.Label)) + (g.Key.Length > 0 ? $" ({g.Key})" : ""))
        );
        return $"{(file is not null && _idle.Any(i => !i.Entry.IsOverride) ? file + ": " : "")}{_idle.Count} keys have no "
            + $"effect here: {keys}.";
    }
}
