using Simper.Runs;
using Simper.Text.Hub;

namespace Simper.Server.Hosting;

/// <summary>A model to serve, and the name under which clients ask for it.</summary>
/// <param name="Name">The name; may have slashes.</param>
/// <param name="Path">A model's folder, a .gguf file, a run's folder, or a model's name on the hub.</param>
public sealed record NamedModel(string Name, string Path)
{
    private const string Checkpoint = "checkpoint-";

    /// <summary>
    /// The models that words of a command line name: <c>path</c>, whose last part is its name, or <c>name=path</c>. A run's
    /// checkpoints, and the models of a folder that is none itself, are named below it: <c>mine/checkpoint-100</c>.
    /// </summary>
    /// <exception cref="SimperException">A path does not exist, or a name is taken or no name.</exception>
    public static IReadOnlyList<NamedModel> Of(IEnumerable<string> words)
    {
        List<NamedModel> models = [.. words.SelectMany(Of)];
        foreach (IGrouping<string, NamedModel> same in models.GroupBy(m => m.Name, StringComparer.Ordinal))
        {
            if (same.Count() > 1)
                throw new SimperException(
                    $"{string.Join(" and ", same.Select(m => m.Path))} would both be named {same.Key}; name one, as name=path."
                );
        }
        return models.Count > 0
            ? models
            : throw new SimperException("Which model? Give a model folder, a .gguf file or a run's folder.");
    }

    private static IEnumerable<NamedModel> Of(string word)
    {
        int at = word.IndexOf('=', StringComparison.Ordinal);
        bool isNamed = at >= 0 && !System.IO.Path.Exists(word); // a path may have the sign in it
        string path = isNamed ? word[(at + 1)..] : word;
        string name = isNamed ? word[..at] : NameOf(path);
        if (!IsName(name))
            throw new SimperException(
                $"\"{name}\" is no name of a model; take letters, digits and - _ . : @ /, as in base=path/to/model."
            );
        if (HubCache.Find(HubKind.Model, path) is null)
            throw new SimperException(
                (
                    HubCache.Missing(HubKind.Model, path)
                    ?? $"{path} does not exist; give a model folder, a .gguf file or a run's folder"
                ) + "."
            );
        if (!Directory.Exists(path))
            return [new NamedModel(name, path)];
        bool isRun = RunFolder.IsModel(System.IO.Path.Combine(path, "model"));
        bool isModel = isRun || IsModel(path);
        List<NamedModel> found = isModel ? [new NamedModel(name, path)] : [];
        found.AddRange(
            Directory
                .EnumerateDirectories(path)
                .Select(f => (Folder: f, Name: System.IO.Path.GetFileName(f)))
                .Where(f => !isModel || f.Name.StartsWith(Checkpoint, StringComparison.Ordinal))
                .Where(f => IsModel(f.Folder) || RunFolder.IsModel(System.IO.Path.Combine(f.Folder, "model")))
                .OrderBy(f => f.Name.Length) // checkpoint-20 before checkpoint-100
                .ThenBy(f => f.Name, StringComparer.Ordinal)
                .Select(f => new NamedModel($"{name}/{f.Name}", f.Folder))
        );
        return found.Count > 0 ? found : [new NamedModel(name, path)]; // loading it says what is missing
    }

    private static bool IsModel(string folder) => RunFolder.IsModel(folder) || Directory.EnumerateFiles(folder, "*.gguf").Any();

    private static string NameOf(string path)
    {
        if (!System.IO.Path.Exists(path) && HubReference.Parse(HubKind.Model, path) is { } reference)
            return reference.ToString();
        string last = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)));
        last = last.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? last[..^".gguf".Length] : last;
        return string.Concat(last.Select(c => IsNameCharacter(c) ? c : '-'));
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= Protocol.RequestLimits.ModelName
        && name.All(IsNameCharacter)
        && name[0] != '/'
        && name[^1] != '/';

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "-_.:@/".Contains(c, StringComparison.Ordinal);
}
