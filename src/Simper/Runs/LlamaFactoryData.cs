using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// A data set that LLaMA-Factory's <c>dataset_info.json</c> describes: its file, and its columns by the names of layouts.
/// </summary>
/// <param name="File">The file.</param>
/// <param name="Columns">Its columns.</param>
internal sealed record LlamaFactoryData(string File, ColumnMap Columns)
{
    private const string List = "dataset_info.json";

    // What it calls columns, and what layouts call them. Its conversations may also have the name of ours.
    private static readonly (string Theirs, string[] Ours)[] Names =
    [
        ("prompt", ["instruction"]),
        ("query", ["input"]),
        ("response", ["output"]),
        ("history", ["history"]),
        ("messages", ["conversations", "messages"]),
        ("system", ["system"]),
        ("tools", ["tools"]),
        ("chosen", ["chosen"]),
        ("rejected", ["rejected"]),
        ("kto_tag", ["kto_tag", "label"]),
    ];

    // The roles that its tags name, as templates name them.
    private static readonly (string Tag, string Role)[] Roles =
    [
        ("user_tag", "user"),
        ("assistant_tag", "assistant"),
        ("observation_tag", "tool"),
        ("function_tag", "tool_calls"),
        ("system_tag", "system"),
    ];

    /// <summary>The data set of a name in the list of a folder; null if there is no such list, or it names no file.</summary>
    /// <exception cref="SimperException">It takes a part of the file, or its messages have other keys or roles.</exception>
    public static LlamaFactoryData? Find(string folder, string name)
    {
        string list = Path.Combine(folder, List);
        if (!System.IO.File.Exists(list) || Described(list, name) is not { } about)
            return null;
        if (about["file_name"] is not JsonValue file)
            return null;
        string place = $"{list}, {name}";
        if (about["num_samples"] is { } part)
            throw new SimperException(
                $"{place}: num_samples takes {part} rows of {file}; cut the file (head -n), and give it as dataset_name."
            );
        ExpectTags(about["tags"] as JsonObject ?? [], place);
        return new LlamaFactoryData(
            Path.Combine(folder, file.ToString()),
            ColumnsOf(about["columns"] as JsonObject ?? [], place)
        );
    }

    private static JsonObject? Described(string list, string name)
    {
        try
        {
            return (JsonNode.Parse(System.IO.File.ReadAllText(list)) as JsonObject)?[name] as JsonObject;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null; // the name is then taken for a file, and reported as missing
        }
    }

    private static ColumnMap ColumnsOf(JsonObject columns, string place)
    {
        var map = new JsonObject();
        foreach ((string theirs, string[] ours) in Names)
        {
            string? source = columns[theirs]?.ToString();
            if (!string.IsNullOrEmpty(source) && !ours.Contains(source))
                map[ours[0]] = source;
        }
        return map.Count > 0 ? ColumnMap.Parse(map.ToJsonString(), $"{place}: columns") : ColumnMap.None;
    }

    private static void ExpectTags(JsonObject tags, string place)
    {
        foreach (
            (string tag, string[] known) in ((string, string[])[])
                [("role_tag", ["from", "role"]), ("content_tag", ["value", "content", "text"])]
        )
        {
            if (tags[tag]?.ToString() is { } key && !known.Contains(key))
                throw new SimperException(
                    $"{place}: {tag} is {key}; Simper reads messages with {string.Join(" or ", known)}, so rename that key in "
                        + "the file."
                );
        }
        foreach ((string tag, string role) in Roles)
        {
            if (tags[tag]?.ToString() is { } name && MessageRoles.Known(name) != role)
                throw new SimperException($"{place}: {tag} is {name}, a role that Simper does not know; rename it in the file.");
        }
    }
}
