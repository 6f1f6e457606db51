using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Runs;

/// <summary>The keys of another tool's recipe while they are translated into ours.</summary>
internal sealed class ForeignRecipe(IReadOnlyList<RecipeEntry> entries, RecipeReading reading)
{
    private readonly List<RecipeEntry> _entries = [.. entries];
    private readonly List<string> _understood = [];
    private readonly List<string> _implied = [];

    /// <summary>A key by its current name, unless it is unset.</summary>
    public RecipeEntry? Find(string name) => _entries.Find(e => e.Name == name && !e.IsUnset);

    public bool Has(string name) => Find(name) is not null;

    /// <summary>Removes a key; null if it is missing, or unset.</summary>
    public RecipeEntry? Take(string name)
    {
        RecipeEntry? found = Find(name);
        _entries.RemoveAll(e => e.Name == name);
        return found;
    }

    /// <summary>Renames a key to ours.</summary>
    public void Rename(string theirs, string ours)
    {
        foreach (RecipeEntry entry in _entries.FindAll(e => e.Name == theirs && e.Shape != RecipeEntryShape.Map))
        {
            _entries[_entries.IndexOf(entry)] = entry with { Name = ours };
            if (!entry.IsUnset)
                _understood.Add($"{entry.Label} as {ours}");
        }
    }

    /// <summary>Adds a key of ours that is implied by another.</summary>
    /// <param name="origin">The other key, which messages name.</param>
    /// <param name="name">Our key.</param>
    /// <param name="value">Its value.</param>
    /// <param name="shape">Its shape.</param>
    public void Read(RecipeEntry origin, string name, string value, RecipeEntryShape shape = RecipeEntryShape.Value)
    {
        _entries.Add(origin with { Name = name, Value = value, Shape = shape });
        _understood.Add(
            $"{origin.Label} {(origin.Shape == RecipeEntryShape.Map ? "" : origin.Value + " ")}as {name} {Shown(value, shape)}"
        );
    }

    /// <summary>Changes a key's value.</summary>
    public void Replace(RecipeEntry entry, string value, RecipeEntryShape shape)
    {
        _entries[_entries.IndexOf(entry)] = entry with { Value = value, Shape = shape };
        _understood.Add($"{entry.Name} {Shown(value, shape)}");
    }

    /// <summary>Adds one of our keys for a default of the tool, unless the recipe or the command line sets it.</summary>
    public void Imply(RecipeEntry origin, string name, string value)
    {
        if (Has(name))
            return;
        _entries.Add(new RecipeEntry(name, value, origin.Place));
        _implied.Add($"{name} {value}");
    }

    /// <summary>Whether the command line chooses the loss, whatever the recipe says.</summary>
    public bool LossIsOverridden =>
        _entries.Exists(e => e is { Name: "loss_type", IsOverride: true, Key: "loss_type" or "loss-type" });

    public void Idle(RecipeEntry? entry, string reason)
    {
        if (entry is not null)
            reading.Idle(entry, reason);
    }

    /// <summary>Removes keys, which have no effect.</summary>
    public void IdleAll(IEnumerable<string> names, string reason)
    {
        foreach (string name in names)
            Idle(Take(name), reason);
    }

    public void Note(string sentence) => reading.Note(sentence);

    public void Stop(string sentence) => reading.Stop(sentence);

    /// <summary>Does something, whose failure is one of the recipe's problems.</summary>
    public void Try(Action action) => reading.Try(action);

    /// <summary>Reads a boolean; null if the key is missing, or is not a boolean, which is then reported.</summary>
    private bool? Flag(RecipeEntry? entry)
    {
        bool? value = null;
        if (entry is not null)
            reading.Try(() => value = new RecipeValue(entry).Flag());
        return value;
    }

    /// <summary>Removes a boolean; null if the key is missing or is not a boolean.</summary>
    public (RecipeEntry Entry, bool Value)? TakeFlag(string name) =>
        Flag(Find(name)) is { } value && Take(name) is { } entry ? (entry, value) : null;

    /// <summary>How rows that are too long are handled.</summary>
    /// <param name="key">The tool's key for it.</param>
    /// <param name="words">Maps its words to ours.</param>
    /// <param name="origin">The key that implies the tool's default, which is to drop them, if this one is not set.</param>
    public void Truncation(string key, (string Theirs, string Ours)[] words, RecipeEntry? origin)
    {
        if (Take(key) is not { } cut)
        {
            if (origin is not null)
                Imply(origin, "truncation_mode", "drop");
        }
        else if (words.FirstOrDefault(w => w.Theirs == cut.Value).Ours is { } ours)
        {
            Read(cut, "truncation_mode", ours);
        }
        else
        {
            Stop($"{cut.Subject} is \"{cut.Value}\"; give truncation_mode: drop, keep_start or keep_end.");
        }
    }

    /// <summary>Reads enable_thinking, an argument of the chat template.</summary>
    public void Thinking()
    {
        if (TakeFlag("enable_thinking") is var (entry, thinks) && !Has("chat_template_kwargs"))
            Read(entry, "chat_template_kwargs", $"{{\"enable_thinking\": {(thinks ? "true" : "false")}}}", RecipeEntryShape.Map);
    }

    /// <summary>Reads a value inside a map.</summary>
    public static JsonNode? Part(RecipeEntry entry, string key)
    {
        try
        {
            return entry.Shape == RecipeEntryShape.Map || entry.Value.StartsWith('{')
                ? (JsonNode.Parse(entry.Value) as JsonObject)?[key]
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Handles the tool's keys that have no counterpart.</summary>
    public void Check(IReadOnlyDictionary<string, ForeignKey> keys)
    {
        foreach (RecipeEntry entry in _entries.FindAll(e => keys.ContainsKey(e.Name)))
        {
            _entries.Remove(entry);
            reading.Try(() => keys[entry.Name].Check(entry, reading));
        }
    }

    /// <summary>How keys were translated.</summary>
    public string Summary() =>
        string.Join(", ", _understood)
        + (_implied.Count > 0 ? $"; where nothing is said it has {string.Join(", ", _implied)}" : "");

    /// <summary>The keys; of duplicates the command line's.</summary>
    public IReadOnlyList<RecipeEntry> Entries()
    {
        HashSet<string> overridden = [.. _entries.Where(e => e.IsOverride).Select(e => e.Name)];
        return [.. _entries.Where(e => e.IsOverride || !overridden.Contains(e.Name))];
    }

    private static string Shown(string value, RecipeEntryShape shape) =>
        shape == RecipeEntryShape.List ? $"[{value.Replace(",", ", ", StringComparison.Ordinal)}]" : value;
}
