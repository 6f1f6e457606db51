using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Runs;

/// <summary>The keys of another tool's recipe while they become ours.</summary>
internal sealed class ForeignRecipe(IReadOnlyList<RecipeEntry> entries, RecipeReading reading)
{
    private readonly List<RecipeEntry> _entries = [.. entries];
    private readonly List<string> _understood = [];
    private readonly List<string> _implied = [];

    /// <summary>A key by its present name, unless it is unset.</summary>
    public RecipeEntry? Find(string name) => _entries.Find(e => e.Name == name && !e.IsUnset);

    public bool Has(string name) => Find(name) is not null;

    /// <summary>Takes a key out; null where it is not there, or unset.</summary>
    public RecipeEntry? Take(string name)
    {
        RecipeEntry? found = Find(name);
        _entries.RemoveAll(e => e.Name == name);
        return found;
    }

    /// <summary>Gives a key our name.</summary>
    public void Rename(string theirs, string ours)
    {
        foreach (RecipeEntry entry in _entries.FindAll(e => e.Name == theirs && e.Shape != RecipeEntryShape.Map))
        {
            _entries[_entries.IndexOf(entry)] = entry with { Name = ours };
            if (!entry.IsUnset)
                _understood.Add($"{entry.Label} as {ours}");
        }
    }

    /// <summary>Adds a key of ours that another says.</summary>
    /// <param name="origin">The other, which messages name.</param>
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

    /// <summary>Gives a key another value.</summary>
    public void Replace(RecipeEntry entry, string value, RecipeEntryShape shape)
    {
        _entries[_entries.IndexOf(entry)] = entry with { Value = value, Shape = shape };
        _understood.Add($"{entry.Name} {Shown(value, shape)}");
    }

    /// <summary>Adds a key of ours that the tool sets where its recipe does not, unless somebody gives it.</summary>
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

    public void Stop(string sentence) => reading.Stop(sentence);

    /// <summary>Reads a yes or no; null where the key is not there or is neither, which is then said.</summary>
    private bool? Flag(RecipeEntry? entry)
    {
        bool? value = null;
        if (entry is not null)
            reading.Try(() => value = new RecipeValue(entry).Flag());
        return value;
    }

    /// <summary>Takes a yes or no out; null where the key is not there or is neither.</summary>
    public (RecipeEntry Entry, bool Value)? TakeFlag(string name) =>
        Flag(Find(name)) is { } value && Take(name) is { } entry ? (entry, value) : null;

    /// <summary>What becomes of rows that are too long.</summary>
    /// <param name="key">The tool's key for it.</param>
    /// <param name="words">Its words for ours.</param>
    /// <param name="origin">The key that means the tool's own way, which is to drop them, where this one is not given.</param>
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

    /// <summary>LoRA, which a recipe asks for by a value other than the one for full training.</summary>
    /// <param name="key">The key that chooses it.</param>
    /// <param name="full">Its value that trains all weights; empty: the key is left out.</param>
    /// <param name="fallback">The key that a sentence names where the choice is not written and the tool takes LoRA.</param>
    /// <param name="tool">The tool.</param>
    public void ExpectFullTraining(string key, string full, RecipeEntry? fallback, string tool)
    {
        string way =
            $"Simper has no adapters yet and trains all weights: set {key} to {(full.Length > 0 ? full : "null")}, and a "
            + "learning_rate for full training (a tenth of LoRA's or less)";
        if (Take(key) is { } entry)
        {
            if (!entry.Value.Equals(full, StringComparison.OrdinalIgnoreCase))
                Stop($"{entry.Subject} is \"{entry.Value}\"; {way}.");
        }
        else if (fallback is not null && full.Length > 0)
        {
            Stop($"{fallback.Subject}: {tool} trains LoRA adapters where {key} is not given; {way}.");
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

    /// <summary>Deals with the tool's keys that have no meaning of ours.</summary>
    public void Check(IReadOnlyDictionary<string, ForeignKey> keys)
    {
        foreach (RecipeEntry entry in _entries.FindAll(e => keys.ContainsKey(e.Name)))
        {
            _entries.Remove(entry);
            reading.Try(() => keys[entry.Name].Check(entry, reading));
        }
    }

    /// <summary>What was read as what.</summary>
    public string Summary() =>
        string.Join(", ", _understood)
        + (_implied.Count > 0 ? $"; where nothing is said it has {string.Join(", ", _implied)}" : "");

    /// <summary>The keys; of two that say the same the command line's.</summary>
    public IReadOnlyList<RecipeEntry> Entries()
    {
        HashSet<string> overridden = [.. _entries.Where(e => e.IsOverride).Select(e => e.Name)];
        return [.. _entries.Where(e => e.IsOverride || !overridden.Contains(e.Name))];
    }

    private static string Shown(string value, RecipeEntryShape shape) =>
        shape == RecipeEntryShape.List ? $"[{value.Replace(",", ", ", StringComparison.Ordinal)}]" : value;
}
