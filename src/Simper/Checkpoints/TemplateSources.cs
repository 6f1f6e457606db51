using System.Text;
using System.Text.Json.Nodes;
using Simper.Text.Hub;
using Simper.Text.Templates;

namespace Simper.Checkpoints;

/// <summary>
/// Where models keep chat templates, in the order of transformers: files (chat_template.jinja and additional_chat_templates),
/// which replace those in tokenizer_config.json (a string or a list of named ones); where neither has any, those of a processor.
/// </summary>
public static class TemplateSources
{
    internal const string FileName = "chat_template.jinja";
    internal const string FolderName = "additional_chat_templates";

    private const string Key = "chat_template";
    private const string GgufKey = "tokenizer.chat_template";
    private const string GgufNames = "tokenizer.chat_templates";

    /// <summary>Processor files, which store a template as JSON. They are copied when a model is saved.</summary>
    internal static readonly string[] ProcessorNames = ["chat_template.json", "processor_config.json"];

    internal static IReadOnlyDictionary<string, string> OfFolder(string folder, JsonObject? tokenizerConfig)
    {
        Dictionary<string, string> found = Files(folder).ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal);
        if (found.Count == 0)
            found = OfJson(tokenizerConfig, Path.Combine(folder, "tokenizer_config.json"));
        foreach (string name in ProcessorNames)
        {
            string path = Path.Combine(folder, name);
            if (found.Count == 0)
                found = OfJson(FolderFiles.ReadJsonIfThere(path), path);
        }
        return found;
    }

    /// <summary>
    /// The default in tokenizer.chat_template, others in tokenizer.chat_template.NAME; tokenizer.chat_templates lists the names.
    /// </summary>
    internal static IReadOnlyDictionary<string, string> OfGguf(GgufMetadata keys)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (keys.Text(GgufKey) is { } template)
            found[ChatTemplates.Default] = template;
        IEnumerable<string> others = keys
            .Values.Keys.Where(k => k.StartsWith(GgufKey + ".", StringComparison.Ordinal))
            .Select(k => k[(GgufKey.Length + 1)..]);
        foreach (string name in (keys.Texts(GgufNames) ?? []).Concat(others.Order(StringComparer.Ordinal)))
        {
            if (keys.Text($"{GgufKey}.{name}") is { } other)
                found.TryAdd(name, other);
        }
        return found;
    }

    /// <summary>
    /// The templates that a path refers to: a file with one, a JSON file with some, the folder of a tokenizer, or a model.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="key">The option that named it, for messages.</param>
    /// <exception cref="SimperException">There is nothing at the path, or no template.</exception>
    public static ChatTemplates OfPath(string path, string key)
    {
        IReadOnlyDictionary<string, string> found;
        path = HubCache.Find(HubKind.Model, path) ?? path;
        if (File.Exists(path))
        {
            found = Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".json" => OfJson(FolderFiles.ReadJson(path), path),
                ".gguf" => OfModel(path),
                _ => new Dictionary<string, string> { [ChatTemplates.Default] = ReadText(path) },
            };
        }
        else if (Directory.Exists(path))
        {
            found = OfFolder(path, FolderFiles.ReadJsonIfThere(Path.Combine(path, "tokenizer_config.json")));
            if (found.Count == 0 && Directory.EnumerateFiles(path, "*.gguf").Any())
                found = OfModel(path);
        }
        else
            throw new SimperException(
                $"{key}: {path} does not exist; give a file with a chat template, or the folder of a model that has one."
            );
        return ChatTemplates.Of(found, path)
            ?? throw new SimperException(
                $"{key}: {path} holds no chat template; give a file with one, or a folder with {FileName} or a "
                    + "chat_template in tokenizer_config.json."
            );
    }

    /// <summary>Names of the files that hold templates in a folder, as they are saved.</summary>
    internal static IEnumerable<string> FileNames(string folder)
    {
        string additional = Path.Combine(folder, FolderName);
        return Directory.Exists(additional)
            ? Directory
                .GetFiles(additional, "*.jinja")
                .Order(StringComparer.Ordinal)
                .Select(f => $"{FolderName}/{Path.GetFileName(f)}")
            : [];
    }

    /// <summary>Whether a file of a saved model holds templates only.</summary>
    internal static bool IsFile(string name) =>
        name is FileName or "chat_template.json"
        || (name.StartsWith(FolderName + "/", StringComparison.Ordinal) && name.EndsWith(".jinja", StringComparison.Ordinal));

    /// <summary>Templates as stored in a tokenizer's config.</summary>
    internal static JsonNode ToJson(IReadOnlyDictionary<string, string> templates) =>
        templates.Count == 1 && templates.TryGetValue(ChatTemplates.Default, out string? only)
            ? only
            : new JsonArray([.. templates.Select(t => new JsonObject { ["name"] = t.Key, ["template"] = t.Value })]);

    private static IReadOnlyDictionary<string, string> OfModel(string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return checkpoint.ChatTemplates;
    }

    private static IEnumerable<(string Name, string Text)> Files(string folder)
    {
        string single = Path.Combine(folder, FileName);
        if (File.Exists(single))
            yield return (ChatTemplates.Default, ReadText(single));
        foreach (
            string name in FileNames(folder)
                .Where(n => Path.GetFileNameWithoutExtension(n) != ChatTemplates.Default || !File.Exists(single))
        )
            yield return (Path.GetFileNameWithoutExtension(name), ReadText(Path.Combine(folder, name)));
    }

    // A string, a list of {name, template}, or a map by name.
    private static Dictionary<string, string> OfJson(JsonObject? json, string file)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        switch (json?[Key])
        {
            case null:
                break;
            case JsonValue value when value.TryGetValue(out string? text):
                found[ChatTemplates.Default] = text;
                break;
            case JsonArray list:
                foreach (JsonNode? item in list)
                {
                    if (
                        item is not JsonObject named
                        || named["name"] is not JsonValue name
                        || !name.TryGetValue(out string? known)
                        || named["template"] is not JsonValue template
                        || !template.TryGetValue(out string? its)
                    )
                        throw Wrong(file);
                    found[known] = its;
                }
                break;
            case JsonObject map:
                foreach ((string name, JsonNode? item) in map)
                    found[name] = item is JsonValue value && value.TryGetValue(out string? text) ? text : throw Wrong(file);
                break;
            default:
                throw Wrong(file);
        }
        return found;
    }

    private static SimperException Wrong(string file) =>
        new($"{file}: {Key} has to be a text, or a list of {{\"name\": ..., \"template\": ...}}.");

    private static string ReadText(string path) => Encoding.UTF8.GetString(FolderFiles.ReadBytes(path)).TrimStart('\uFEFF');
}
