using Simper.Checkpoints;
using Simper.Models.Gguf;
using Simper.Text.Hub;

namespace Simper.Models.Adapters;

/// <summary>Where an adapter may be: a folder of PEFT's layout, or a GGUF file of llama.cpp's.</summary>
internal static class AdapterSource
{
    /// <summary>
    /// The folder or the file of a path or a name of the hub; null where that is no adapter. A folder may hold the one file.
    /// </summary>
    public static string? Find(string path)
    {
        if (AdapterFolder.Find(path) is { } folder)
            return folder;
        string? found = Path.Exists(path) ? path : HubCache.Find(HubKind.Model, path);
        return found is null ? null : FileOf(found);
    }

    /// <summary>Whether the path of an adapter is that of a file.</summary>
    public static bool IsFile(string path) => File.Exists(path);

    /// <summary>Opens one.</summary>
    /// <param name="path">A folder, a .gguf file, or a folder that holds one.</param>
    /// <param name="basis">The model that it is to adapt.</param>
    /// <exception cref="SimperException">It is none, damaged, of an unknown kind, or of another model.</exception>
    public static IAdapterSource Open(string path, LanguageModel basis)
    {
        string found = Find(path) ?? path;
        return IsFile(found) ? AdapterGgufFile.Open(found, basis) : AdapterFolder.Open(found);
    }

    private static string? FileOf(string path)
    {
        string? file =
            File.Exists(path) ? path
            : Directory.Exists(path) && !Directory.EnumerateFiles(path, "*.safetensors").Any() && Ggufs(path) is [var only] ? only
            : null;
        return file is not null && IsGguf(file) && GgufHeader.TypeOf(file) == AdapterGgufFile.GeneralType ? file : null;
    }

    private static string[] Ggufs(string folder) => [.. Directory.EnumerateFiles(folder).Where(IsGguf)];

    private static bool IsGguf(string file) => file.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);
}
