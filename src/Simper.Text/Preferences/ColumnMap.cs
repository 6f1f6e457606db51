using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// The data's columns by the names of Simper's layouts (<c>dataset_columns</c>): <c>prompt=question,chosen=best</c> reads the
/// column question as the prompt. What is named decides the layout. Immutable.
/// </summary>
public sealed class ColumnMap : IEquatable<ColumnMap>
{
    /// <summary>The name of the recipe key.</summary>
    public const string Key = "dataset_columns";

    private readonly IReadOnlyList<(string Name, string Source)> _columns;

    private ColumnMap(IReadOnlyList<(string Name, string Source)> columns) => _columns = columns;

    /// <summary>Every column by its own name.</summary>
    public static ColumnMap None { get; } = new([]);

    /// <summary>Whether nothing is renamed.</summary>
    public bool IsEmpty => _columns.Count == 0;

    /// <summary>The names of layouts that it gives to columns.</summary>
    internal IEnumerable<string> Names => _columns.Select(c => c.Name);

    /// <summary>Reads one.</summary>
    /// <param name="text">
    /// Pairs <c>NAME=COLUMN</c> separated by commas, where a name alone is a column of that name; or a JSON object of them.
    /// <c>COLUMN</c> may be a path into an object, as <c>info.post</c>.
    /// </param>
    /// <param name="subject">What the text is, for messages.</param>
    /// <exception cref="SimperException">It is neither, or names a column that no layout has.</exception>
    public static ColumnMap Parse(string text, string subject = Key)
    {
        (string Name, string Source)[] columns = [.. Pairs(text.Trim(), subject)];
        foreach ((string name, _) in columns)
        {
            if (!IsName(name))
                throw new SimperException(
                    $"{subject} has {name}, which is no column of Simper's layouts"
                        + $"{NearestName.Question(name, RowLayouts.Columns, "; they are listed in docs/data.md.")}"
                );
            if (columns.Count(c => c.Name == name) > 1)
                throw new SimperException($"{subject} gives {name} twice; leave one of them.");
        }
        return new ColumnMap(columns);
    }

    /// <summary>Whether some layout has a column of a name.</summary>
    public static bool IsName(string name) => RowLayouts.Columns.Contains(name);

    /// <summary>Whether it gives a name to a column.</summary>
    internal bool Has(string name)
    {
        foreach ((string given, _) in _columns)
        {
            if (given == name)
                return true;
        }
        return false;
    }

    /// <summary>The name that a column has to layouts.</summary>
    internal string NameOf(string column) => _columns.FirstOrDefault(c => c.Source == column).Name ?? column;

    /// <summary>The column that has a name.</summary>
    internal string SourceOf(string name) => _columns.FirstOrDefault(c => c.Name == name).Source ?? name;

    /// <summary>These columns and others.</summary>
    internal ColumnMap And(IEnumerable<(string Name, string Source)> others) => new([.. _columns, .. others]);

    /// <summary>Renames the columns of a row.</summary>
    internal void Rename(JsonObject row)
    {
        if (IsEmpty)
            return;
        JsonNode?[] values = [.. _columns.Select(c => TryFind(row, c.Source, out JsonNode? value) ? value?.DeepClone() : null)];
        foreach ((_, string source) in _columns)
            row.Remove(source);
        for (int i = 0; i < values.Length; i++)
            row[_columns[i].Name] = values[i];
    }

    /// <summary>Refuses a column that no row has.</summary>
    /// <param name="rows">Some rows, as they are in the data.</param>
    /// <param name="file">Their file.</param>
    /// <exception cref="SimperException">No row has one; the message names those that are there.</exception>
    internal void Expect(IReadOnlyList<JsonObject> rows, string file)
    {
        foreach ((string name, string source) in _columns)
        {
            if (rows.Any(r => TryFind(r, source, out _)))
                continue;
            string[] seen = [.. rows.SelectMany(r => r.Select(c => c.Key)).Distinct()];
            string near = NearestName.Of(source, seen) is { } nearest ? $"; did you mean {name}={nearest}?" : ".";
            throw new SimperException(
                $"{file}: {Key} takes {name} from the column {source}, which is not there; the columns are "
                    + $"{string.Join(", ", seen.Take(20))}{near}"
            );
        }
    }

    /// <summary>As a recipe has it.</summary>
    public JsonObject ToJson() => new([.. _columns.Select(c => KeyValuePair.Create(c.Name, (JsonNode?)c.Source))]);

    /// <summary>As the command line has it.</summary>
    public override string ToString() =>
        _columns.Any(c => c.Source.AsSpan().ContainsAny(',', '='))
            ? ToJson().ToJsonString()
            : string.Join(',', _columns.Select(c => c.Name == c.Source ? c.Name : $"{c.Name}={c.Source}"));

    /// <summary>Whether both rename the same columns.</summary>
    public bool Equals(ColumnMap? other) => other is not null && _columns.SequenceEqual(other._columns);

    public override bool Equals(object? obj) => Equals(obj as ColumnMap);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private static IEnumerable<(string Name, string Source)> Pairs(string text, string subject)
    {
        if (!text.StartsWith('{'))
        {
            foreach (string pair in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                string[] sides = pair.Split('=', 2, StringSplitOptions.TrimEntries);
                if (sides.Any(s => s.Length == 0))
                    throw Wrong(text, subject);
                yield return (sides[0], sides[^1]);
            }
            yield break;
        }
        foreach ((string name, JsonNode? source) in Parsed(text, subject))
        {
            if (source?.GetValueKind() != JsonValueKind.String || (string)source! is "")
                throw Wrong(text, subject);
            yield return (name, (string)source!);
        }
    }

    private static JsonObject Parsed(string text, string subject)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw Wrong(text, subject);
        }
        catch (JsonException)
        {
            throw Wrong(text, subject);
        }
    }

    private static SimperException Wrong(string text, string subject) =>
        new(
            $"{subject} is \"{text}\"; it has to be pairs of a name and a column, as prompt=question,chosen=best,rejected=worst."
        );

    private static bool TryFind(JsonObject row, string source, out JsonNode? value)
    {
        if (row.TryGetPropertyValue(source, out value))
            return true;
        int dot = source.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && row[source[..dot]] is JsonObject inner && TryFind(inner, source[(dot + 1)..], out value);
    }
}
