using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Hub;

namespace Simper.Text.Preferences;

/// <summary>Folders that save_to_disk of Hugging Face's datasets writes: of one data set, or of one for each split.</summary>
internal static class SavedDataset
{
    private const string Splits = "dataset_dict.json";
    private const string State = "state.json";

    /// <summary>Whether a folder is one.</summary>
    public static bool Is(string folder) => File.Exists(Path.Combine(folder, State)) || File.Exists(Path.Combine(folder, Splits));

    /// <summary>The files of a split, in the order of the rows; null for other folders.</summary>
    /// <param name="folder">The folder, with the split that is meant.</param>
    /// <param name="usual">The splits to take where none is meant, the first that is there.</param>
    /// <exception cref="SimperException">There is no such split, or a file is missing.</exception>
    public static IReadOnlyList<string>? Files(HubReference folder, string[] usual)
    {
        if (File.Exists(Path.Combine(folder.Id, State)))
            return OfOne(folder.Id, folder.Split);
        if (!File.Exists(Path.Combine(folder.Id, Splits)))
            return null;
        string[] known = [.. Texts(Read(Path.Combine(folder.Id, Splits))["splits"] as JsonArray)];
        string[] wanted = folder.Split is { } named ? [named] : usual;
        string split =
            wanted.FirstOrDefault(known.Contains)
            ?? throw new SimperException(
                $"{folder}: it has no split {string.Join(" or ", wanted)}, only {string.Join(", ", known)}"
                    + (known.Length > 0 ? $"; name one as {folder with { Split = known[0] }}." : ".")
            );
        string inner = Path.Combine(folder.Id, split);
        return HubNames.IsInside(split) && File.Exists(Path.Combine(inner, State))
            ? OfOne(inner, null)
            : throw new SimperException($"{folder}: {Splits} names the split {split}, and {inner} holds none; copy it there.");
    }

    private static string[] OfOne(string folder, string? split)
    {
        JsonObject state = Read(Path.Combine(folder, State));
        if (split is not null && (state["_split"] as JsonValue)?.ToString() is var own && own != split)
            throw new SimperException(
                $"{folder} holds one split{(own is null ? "" : $", {own}")}, and not {split}; leave out #{split}."
            );
        if (state["_indices_data_files"] is JsonArray { Count: > 0 })
            throw new SimperException(
                $"{folder} was saved with an index of its rows, which Simper does not read; call flatten_indices() before "
                    + "save_to_disk."
            );
        string[] names = [.. Texts((state["_data_files"] as JsonArray)?.Select(f => (f as JsonObject)?["filename"]))];
        if (Array.Find(names, n => !HubNames.IsInside(n) || !File.Exists(Path.Combine(folder, n))) is { } lost)
            throw new SimperException($"{folder}: its file {lost} is missing; copy it there, or save the data set again.");
        return names.Length > 0
            ? [.. names.Select(n => Path.Combine(folder, n))]
            : throw new SimperException($"{folder}: {State} names no files; save the data set again.");
    }

    private static IEnumerable<string> Texts(IEnumerable<JsonNode?>? nodes) =>
        (nodes ?? []).Where(n => n?.GetValueKind() == JsonValueKind.String).Select(n => (string)n!);

    private static JsonObject Read(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file)) as JsonObject
                ?? throw new SimperException($"{file} is not a JSON object; save the data set again.");
        }
        catch (JsonException e)
        {
            throw new SimperException($"{file} is not JSON: {SystemFault.Sentence(e)}; save the data set again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{file} cannot be read: {SystemFault.Sentence(e)}.", e);
        }
    }
}
