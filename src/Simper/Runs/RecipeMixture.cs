using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Hub;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Mixtures;

namespace Simper.Runs;

/// <summary>
/// The value of <c>dataset_mixer</c>: data sets, and how much of each is taken. As a map of paths and amounts, as the alignment
/// handbook has it, or as a list of data sets with the keys of TRL's <c>datasets</c>. Immutable.
/// </summary>
public sealed class RecipeMixture : IEquatable<RecipeMixture>
{
    // Columns are found by name, and these say the same of other programs.
    private static readonly string[] Idle =
    [
        "type",
        "ds_type",
        "roles",
        "roles_to_train",
        "message_property_mappings",
        "trust_remote_code",
        "chat_template",
    ];

    private RecipeMixture(IReadOnlyList<DatasetShare> shares) => Shares = shares;

    /// <summary>No mixture.</summary>
    public static RecipeMixture None { get; } = new([]);

    /// <summary>The data sets, in order.</summary>
    public IReadOnlyList<DatasetShare> Shares { get; }

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => Shares.Count == 0;

    /// <summary>Reads one.</summary>
    /// <param name="entry">The key; its value is JSON, or nothing.</param>
    /// <exception cref="SimperException">It is neither a map nor a list, or has what is not understood.</exception>
    internal static RecipeMixture Parse(RecipeEntry entry) => entry.Value.Length == 0 ? None : Of(Json(entry), entry);

    /// <summary>The value of an entry, or of a part of it.</summary>
    /// <param name="value">A map or a list.</param>
    /// <param name="entry">The key, for messages.</param>
    /// <exception cref="SimperException">It is neither, or has what is not understood.</exception>
    internal static RecipeMixture Of(JsonNode? value, RecipeEntry entry)
    {
        DatasetShare[] shares = value switch
        {
            JsonObject map => [.. map.Select(s => new DatasetShare(s.Key, Amount(s.Key, s.Value, entry), ColumnMap.None))],
            JsonArray list when list.All(s => s is JsonObject) => [.. list.Select(s => Share((JsonObject)s!, entry))],
            _ => throw Refused(entry, $"is \"{entry.Value}\""),
        };
        return shares.Length > 0 ? new RecipeMixture(shares) : throw Refused(entry, "names no data");
    }

    /// <summary>The value of an entry; null if it is a text.</summary>
    internal static JsonNode? Json(RecipeEntry entry)
    {
        try
        {
            return JsonNode.Parse(entry.Value);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static SimperException Refused(RecipeEntry entry, string why)
    {
        bool goesOn = why.StartsWith("names ", StringComparison.Ordinal) || why.StartsWith("is ", StringComparison.Ordinal);
        return new SimperException(
            $"{entry.Subject}{(goesOn ? "" : ":")} {why}; give a map of files or folders and how much of each is taken, as "
                + "{pairs.jsonl: 0.5, more.parquet: 1.0}."
        );
    }

    /// <summary>The mixture of other shares; what becomes null is left out.</summary>
    internal RecipeMixture Select(Func<DatasetShare, DatasetShare?> share) =>
        new([.. Shares.Select(share).OfType<DatasetShare>()]);

    /// <summary>Refuses data sets that are not on this machine.</summary>
    /// <exception cref="SimperException">One is not.</exception>
    internal void ExpectThere(RecipeEntry entry)
    {
        foreach (DatasetShare share in Shares)
        {
            if (HubCache.Find(HubKind.Dataset, share.Path) is null)
                throw new SimperException(
                    HubCache.Missing(HubKind.Dataset, share.Path) is { } missing
                        ? $"{entry.Subject}: {missing}."
                        : $"{entry.Subject}: {share.Path} is no file or folder of this machine, and training downloads nothing; "
                            + "give one with the rows to train on."
                );
        }
    }

    /// <summary>As a recipe has it: a map where that says all, else a list.</summary>
    public JsonNode ToJson() =>
        Shares.All(s => s.Columns.IsEmpty) && Shares.DistinctBy(s => s.Path).Count() == Shares.Count
            ? new JsonObject([.. Shares.Select(s => KeyValuePair.Create(s.Path, (JsonNode?)s.Amount))])
            : new JsonArray([.. Shares.Select(Json)]);

    /// <summary>The paths, separated by commas.</summary>
    public override string ToString() => string.Join(", ", Shares.Select(s => s.Path));

    /// <summary>Whether both take the same.</summary>
    public bool Equals(RecipeMixture? other) => other is not null && Shares.SequenceEqual(other.Shares);

    public override bool Equals(object? obj) => Equals(obj as RecipeMixture);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private static JsonNode Json(DatasetShare share)
    {
        var json = new JsonObject { ["path"] = share.Path, ["fraction"] = share.Amount };
        if (!share.Columns.IsEmpty)
            json[ColumnMap.Key] = share.Columns.ToJson();
        return json;
    }

    // TRL's names, axolotl's and the handbook's: path and id, name and config, fraction and weight.
    private static DatasetShare Share(JsonObject dataset, RecipeEntry entry)
    {
        string? path = null;
        string? files = null;
        double amount = 1;
        ColumnMap columns = ColumnMap.None;
        (string Key, string Value)? configuration = null;
        (string Key, string Value)? split = null;
        foreach ((string key, JsonNode? value) in dataset)
        {
            if (value is null || Idle.Contains(key) || IsField(key))
                continue;
            switch (key)
            {
                case "path" or "id":
                    path = value.ToString();
                    break;
                case "data_files" when value is JsonValue:
                    files = value.ToString();
                    break;
                case "fraction" or "weight":
                    amount = Amount(key, value, entry);
                    break;
                case "name" or "config" when value.ToString() == "default":
                case "split" when value.ToString() == "train":
                case "columns" when value is JsonArray: // those to keep
                    break;
                case "columns" or ColumnMap.Key:
                    columns = ColumnMap.Parse(
                        value is JsonObject ? value.ToJsonString() : value.ToString(),
                        $"{entry.Subject}: {key}"
                    );
                    break;
                case "name" or "config" when value is JsonValue:
                    configuration = (key, value.ToString());
                    break;
                case "split" when value is JsonValue:
                    split = (key, value.ToString());
                    break;
                default:
                    throw Refused(entry, $"{key}: {value.ToJsonString()} picks a part of a dataset");
            }
        }
        if (files is not null && path is not (null or "json" or "csv" or "parquet"))
            throw Refused(entry, $"data_files picks a part of {path}");
        string whole = files ?? path ?? throw Refused(entry, "the dataset has no path");
        if ((configuration ?? split) is { } part)
            whole =
                !Path.Exists(whole) && HubName.Is(whole) && HubReference.Parse(HubKind.Dataset, whole) is { } reference
                    ? (reference with { Part = configuration?.Value, Split = split?.Value }).ToString()
                    : throw Refused(entry, $"{part.Key}: \"{part.Value}\" picks a part of a dataset");
        return new DatasetShare(whole, amount, columns.IsEmpty ? AxolotlFields.Of(dataset, entry.Subject) : columns);
    }

    private static bool IsField(string key) =>
        key.StartsWith("field_", StringComparison.Ordinal) || key.StartsWith("message_field_", StringComparison.Ordinal);

    private static double Amount(string name, JsonNode? amount, RecipeEntry entry) =>
        amount is null ? 1
        : amount.GetValueKind() == JsonValueKind.Number
        && amount.GetValue<JsonElement>().GetDouble() is > 0 and <= int.MaxValue and var value
        && (value <= 1 || value == Math.Floor(value))
            ? value
        : throw Refused(entry, $"{name}: {amount.ToJsonString()} is neither a share above 0 and up to 1 nor a number of rows");
}
