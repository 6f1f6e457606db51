using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Simper.Runs;

namespace Simper.Benchmarks;

/// <summary>
/// Tasks, groups and tags by name: those of the program, those of folders of task files, for which the folder of
/// lm-evaluation-harness will do, and those of single files. Files are read when something of them is asked for.
/// </summary>
public sealed partial class TaskLibrary
{
    private const int MostGroups = 32; // inside each other

    private readonly Dictionary<string, TaskFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (JsonObject Keys, TaskFile File)> _inline = new(StringComparer.Ordinal);

    /// <param name="folders">Folders of task files, searched with all folders in them; their tasks replace the program's own of
    /// the same name.</param>
    /// <exception cref="SimperException">A folder is missing.</exception>
    public TaskLibrary(params IEnumerable<string> folders)
    {
        foreach (TaskFile file in TaskFile.Builtins)
            Add(file);
        foreach (string folder in folders)
        {
            if (!Directory.Exists(folder))
                throw new SimperException($"{folder} is no folder; give one with task files (YAML) as --include_path.");
            foreach (
                string path in Directory
                    .EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories)
                    .Order(StringComparer.Ordinal)
            )
                Add(new TaskFile(path, IsBuiltin: false));
        }
    }

    /// <summary>All names, in order.</summary>
    public IEnumerable<string> Names =>
        _files.Keys.Concat(_tags.Keys).Concat(_inline.Keys).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The tasks and groups that a list of names, patterns (<c>mmlu_*</c>) and task files stands for.</summary>
    /// <exception cref="SimperException">A name is unknown, or a file is wrong.</exception>
    public TaskSelection Select(IEnumerable<string> wanted)
    {
        var selection = new TaskSelection();
        foreach (string name in wanted)
        {
            string[] names = name.Contains('*', StringComparison.Ordinal) ? Matching(name) : [NameOf(name)];
            foreach (string each in names)
                AddTo(selection, each, [], null);
        }
        return selection;
    }

    private string[] Matching(string pattern)
    {
        var regex = new Regex("^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$");
        string[] found = [.. Names.Where(n => regex.IsMatch(n))];
        return found.Length > 0
            ? found
            : throw new SimperException($"No task is called {pattern}; simper eval --list names all.");
    }

    // A file of tasks, or a file of questions, is added under its own name.
    private string NameOf(string name)
    {
        if (Knows(name))
            return name;
        string extension = Path.GetExtension(name).ToLowerInvariant();
        if (extension is ".yaml" or ".yml")
            return Add(new TaskFile(name, IsBuiltin: false))
                ?? throw new SimperException($"{name}: it has neither task nor group.");
        if (extension is ".jsonl" or ".json" or ".gz")
        {
            var file = new TaskFile(name, IsBuiltin: false);
            JsonObject keys = QuestionFile.Task(file);
            _inline[keys["task"]!.ToString()] = (keys, file);
            return keys["task"]!.ToString();
        }
        throw new SimperException(
            $"{name} is no task"
                + NearestName.Question(
                    name,
                    Names,
                    "; simper eval --list names all, and a task file (.yaml) or a file of questions (.jsonl) can be given too."
                )
        );
    }

    private bool Knows(string name) => _files.ContainsKey(name) || _tags.ContainsKey(name) || _inline.ContainsKey(name);

    // The name that the file defines, found without reading all of it as YAML.
    private string? Add(TaskFile file)
    {
        string text = file.Text(4 << 20);
        string? group = Group().Match(text) is { Success: true } g ? Unquoted(g.Groups[1].Value) : null;
        string? task = Task().Match(text) is { Success: true } t ? Unquoted(t.Groups[1].Value) : null;
        string? name = group ?? task;
        if (name is null)
            return null;
        _files[name] = file;
        if (group is not null)
        {
            foreach (JsonNode? child in TaskYaml.ReadAlone(file)["task"] as JsonArray ?? [])
                AddInline(child, file);
        }
        else
        {
            foreach (string tag in Tags(text))
                (_tags.TryGetValue(tag, out List<string>? tasks) ? tasks : _tags[tag] = []).Add(name);
        }
        return name;
    }

    // A group may define its tasks itself.
    private void AddInline(JsonNode? child, TaskFile file)
    {
        if (child is not JsonObject keys)
            return;
        if (keys["task"] is JsonValue task && keys.Count > 1 && (keys.ContainsKey("include") || keys.ContainsKey("output_type")))
            _inline[task.ToString()] = (keys.DeepClone().AsObject(), file);
        if (keys["group"] is JsonValue group)
        {
            _inline[group.ToString()] = (keys.DeepClone().AsObject(), file);
            foreach (JsonNode? inner in keys["task"] as JsonArray ?? [])
                AddInline(inner, file);
        }
    }

    private void AddTo(TaskSelection selection, string name, IReadOnlyList<string> above, JsonObject? changes)
    {
        if (above.Count > MostGroups || above.Contains(name))
            throw new SimperException($"{name}: it contains itself.");
        if (_tags.TryGetValue(name, out List<string>? tagged) && !_files.ContainsKey(name))
        {
            foreach (string task in tagged)
                AddTo(selection, task, [.. above, name], changes);
            return;
        }
        (JsonObject keys, TaskFile file) = Definition(name, above);
        if (keys["group"] is null)
        {
            foreach ((string key, JsonNode? value) in changes ?? [])
                keys[key] = value?.DeepClone();
            selection.Add(new TaskConfig(keys, file));
            return;
        }
        var children = new List<string>();
        foreach (JsonNode? child in keys["task"] is JsonArray list ? list : [keys["task"]?.DeepClone()])
            children.AddRange(AddChild(selection, child, [.. above, name], file));
        selection.Add(
            new TaskGroup(
                name,
                keys["group_alias"]?.ToString() ?? name,
                children,
                TaskGroup.AggregatesOf(keys["aggregate_metric_list"], file)
            )
            {
                Metadata = keys["metadata"]?.DeepClone(),
            }
        );
    }

    // A name; or a name with keys that differ in this group.
    private IEnumerable<string> AddChild(TaskSelection selection, JsonNode? child, IReadOnlyList<string> above, TaskFile file)
    {
        string name =
            child switch
            {
                JsonValue value => value.ToString(),
                JsonObject map => (map["group"] ?? map["task"])?.ToString(),
                _ => null,
            } ?? throw new SimperException($"{file}: task: an entry of the group has no name.");
        JsonObject? changes = child is JsonObject keys && !_inline.ContainsKey(name) ? keys : null;
        AddTo(selection, name, above, changes);
        return _tags.TryGetValue(name, out List<string>? tagged) && !_files.ContainsKey(name) ? tagged : [name];
    }

    private (JsonObject Keys, TaskFile File) Definition(string name, IReadOnlyList<string> above)
    {
        if (_inline.TryGetValue(name, out (JsonObject Keys, TaskFile File) inline))
            return (TaskYaml.WithIncludes(inline.Keys.DeepClone().AsObject(), inline.File), inline.File);
        return _files.TryGetValue(name, out TaskFile? file)
            ? (TaskYaml.Read(file), file)
            : throw new SimperException(
                above.Count > 0 ? $"{_files.GetValueOrDefault(above[^1])}: there is no task {name}." : $"{name} is no task."
            );
    }

    private static IEnumerable<string> Tags(string text)
    {
        if (Tag().Match(text) is not { Success: true } match)
            return [];
        return match.Groups[1].Success
            ? [Unquoted(match.Groups[1].Value)]
            : TagLine().Matches(match.Groups[2].Value).Select(m => Unquoted(m.Groups[1].Value));
    }

    private static string Unquoted(string text) => text.Trim().Trim('"', '\'');

    [GeneratedRegex(@"^""?task""?: *([^\s#][^#\n]*)", RegexOptions.Multiline)]
    private static partial Regex Task();

    [GeneratedRegex(@"^""?group""?: *([^\s#\[][^#\n]*)", RegexOptions.Multiline)]
    private static partial Regex Group();

    [GeneratedRegex(@"^""?tag""?: *(?:([^\s#\[][^#\n]*)|\r?\n((?: *- .*\r?\n?)+))", RegexOptions.Multiline)]
    private static partial Regex Tag();

    [GeneratedRegex(@"^ *- *(.+?)\r?$", RegexOptions.Multiline)]
    private static partial Regex TagLine();
}
