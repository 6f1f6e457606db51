using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Hub;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// The data of TRL's <c>datasets</c> and of the alignment handbook's <c>dataset_mixer</c> and <c>dataset_mixture</c>: one whole
/// local file or folder is our dataset_name. Anything else is refused, since other rows would be trained on.
/// </summary>
internal static class ForeignDatasets
{
    /// <summary>The keys.</summary>
    public static readonly string[] Names = ["datasets", "dataset_mixer", "dataset_mixture"];

    public static bool Owns(string name) => Names.Contains(name);

    /// <summary>The recipe with the data of the entry, unless it has a dataset_name.</summary>
    /// <param name="entry">A map or a list of maps, as JSON.</param>
    /// <param name="given">The keys set in the recipe.</param>
    /// <param name="reading">Receives what is used, and what has no effect.</param>
    /// <param name="recipe">The recipe with all our keys.</param>
    public static Recipe Read(RecipeEntry entry, ICollection<string> given, RecipeReading reading, Recipe recipe)
    {
        string name = entry.Name;
        if (entry.Value.Length == 0)
            return recipe;
        if (recipe.DatasetName.Length > 0)
        {
            reading.Idle(entry, "dataset_name is given");
            return recipe;
        }
        JsonNode? value = Parse(entry);
        if (name == "dataset_mixture" && value is JsonObject mixture)
        {
            foreach ((string key, JsonNode? part) in mixture)
            {
                if (key == "test_split_size" && part is not null && !given.Contains(key))
                    recipe = recipe with
                    {
                        TestSplitSize = new RecipeValue(new RecipeEntry($"{name}.{key}", part.ToString(), entry.Place)).Number(
                            0,
                            1e9
                        ),
                    };
                else if (key is not ("datasets" or "seed" or "test_split_size"))
                    throw Refused(entry, $"{name}.{key} is unknown");
            }
            value = mixture["datasets"];
        }
        string path = value switch
        {
            JsonObject { Count: 1 } shares when name == "dataset_mixer" => Whole(shares.First().Key, shares.First().Value, entry),
            JsonArray { Count: 1 } list when list[0] is JsonObject only && name != "dataset_mixer" => PathOf(only, entry),
            JsonObject or JsonArray => throw Refused(entry, "has to name one file or folder"),
            _ => throw Refused(entry, $"is \"{entry.Value}\""),
        };
        if (HubCache.Find(HubKind.Dataset, path) is null)
            throw new SimperException(
                HubCache.Missing(HubKind.Dataset, path) is { } missing
                    ? $"{entry.Subject}: {missing}."
                    : Refused(entry, $"{path} is no file or folder of this machine, and training downloads nothing").Message
            );
        ColumnMap columns = value is JsonArray rows ? AxolotlFields.Of(rows[0]!.AsObject(), entry.Subject) : ColumnMap.None;
        columns = recipe.DatasetColumns.IsEmpty ? columns : recipe.DatasetColumns;
        reading.Note(
            $"{entry.Subject} is read as dataset_name: {path}"
                + $"{(columns.IsEmpty ? "" : $", with {ColumnMap.Key} {columns}")}."
        );
        return recipe with { DatasetName = path, DatasetColumns = columns };
    }

    // TRL's names, axolotl's and the handbook's: path and id, name and config, fraction and weight.
    private static string PathOf(JsonObject dataset, RecipeEntry entry)
    {
        string? path = null;
        string? files = null;
        (string Key, string Value)? configuration = null;
        (string Key, string Value)? split = null;
        foreach ((string key, JsonNode? value) in dataset)
        {
            if (value is null)
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
                    Whole(key, value, entry);
                    break;
                case "name" or "config" when value.ToString() == "default":
                case "split" when value.ToString() == "train":
                    break;
                case "name" or "config" when value is JsonValue:
                    configuration = (key, value.ToString());
                    break;
                case "split" when value is JsonValue:
                    split = (key, value.ToString());
                    break;
                case "columns"
                or "type"
                or "ds_type"
                or "roles"
                or "roles_to_train"
                or "message_property_mappings"
                or "trust_remote_code"
                or "chat_template":
                    break; // columns are found by name
                case var _
                    when key.StartsWith("field_", StringComparison.Ordinal)
                        || key.StartsWith("message_field_", StringComparison.Ordinal):
                    break;
                default:
                    throw Refused(entry, $"{key}: {value.ToJsonString()} picks a part of a dataset");
            }
        }
        if (files is not null && path is not (null or "json"))
            throw Refused(entry, $"data_files picks a part of {path}");
        string whole = files ?? path ?? throw Refused(entry, "the dataset has no path");
        if ((configuration ?? split) is not { } part)
            return whole;
        return !Path.Exists(whole) && HubName.Is(whole) && HubReference.Parse(HubKind.Dataset, whole) is { } reference
            ? (reference with { Part = configuration?.Value, Split = split?.Value }).ToString()
            : throw Refused(entry, $"{part.Key}: \"{part.Value}\" picks a part of a dataset");
    }

    private static string Whole(string name, JsonNode? share, RecipeEntry entry) =>
        share is null || share.GetValueKind() == JsonValueKind.Number && share.GetValue<double>() == 1
            ? name
            : throw Refused(entry, $"{name}: {share.ToJsonString()} takes another share of the rows than all");

    private static JsonNode? Parse(RecipeEntry entry)
    {
        try
        {
            return JsonNode.Parse(entry.Value);
        }
        catch (JsonException)
        {
            return null; // a string, which the caller handles
        }
    }

    private static SimperException Refused(RecipeEntry entry, string why)
    {
        bool goesOn = why.StartsWith("has ", StringComparison.Ordinal) || why.StartsWith("is ", StringComparison.Ordinal);
        return new SimperException(
            $"{entry.Subject}{(goesOn ? "" : ":")} {why}; give one file or folder with the rows to train on as dataset_name."
        );
    }
}
