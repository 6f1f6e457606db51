using System.Security.Cryptography;
using System.Text;
using Simper.Checkpoints;
using Simper.Models.Gguf;
using Simper.Text.Hub;

namespace Simper.Models.Adapters;

/// <summary>The model that an adapter belongs to: where it is, and whether it is the same.</summary>
internal static class AdapterBase
{
    /// <summary>The path of an adapter's model.</summary>
    /// <param name="folder">The adapter's folder, or its .gguf file.</param>
    /// <param name="given">A path that counts instead of the adapter's own; null for none.</param>
    /// <exception cref="SimperException">There is no model.</exception>
    public static string PathOf(string folder, string? given)
    {
        string path = AdapterSource.IsFile(folder)
            ? OfFile(folder, given)
            : given ?? Recorded(folder, AdapterFolder.ReadConfig(folder).Base);
        if (AdapterSource.Find(path) is not null)
            throw new SimperException(
                $"{folder} is an adapter of {path}, which is an adapter itself; merge that one into its model first."
            );
        return path;
    }

    private static string OfFile(string file, string? given)
    {
        AdapterGgufFile.ExpectKind(file);
        return given
            ?? throw new SimperException(
                $"{file} is an adapter, and a GGUF file does not say of which model; give the model with "
                    + "base_model_name_or_path."
            );
    }

    /// <summary>Refuses a model that is not the one that the adapter was trained on, where it says which that was.</summary>
    /// <exception cref="SimperException">It is another.</exception>
    public static void Expect(IAdapterSource adapter, LanguageModel model)
    {
        if (adapter.BaseHash is { } then && model.BaseHash is { } now && now != then)
            throw new SimperException(
                $"{Path.GetDirectoryName(adapter.ConfigPath)} was trained on another model than {model.Files.Source}: the "
                    + "SHA-256 of its weights is not the one that the adapter names; give the model that it was trained on."
            );
    }

    /// <summary>
    /// The SHA-256 of a model's weight files: of a .gguf file its own, of a folder that of its files' hashes in the order of
    /// their names.
    /// </summary>
    public static string HashOf(string path)
    {
        string found = HubCache.Find(HubKind.Model, path) ?? throw Checkpoint.Missing(path);
        if (File.Exists(found))
            return FileHash.Sha256(found);
        string[] files = [.. Directory.GetFiles(found).Where(IsWeights).Order(StringComparer.Ordinal)];
        if (files is [var only])
            return FileHash.Sha256(only);
        string all = string.Concat(files.Select(f => FileHash.Sha256(f)));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(all)));
    }

    /// <summary>A model's path as an adapter records it: whole, so that it holds in any folder; a name of the hub as it
    /// is.</summary>
    public static string Recordable(string path) => HubCache.Of(path)?.Id ?? (Exists(path) ? Path.GetFullPath(path) : path);

    private static bool IsWeights(string file) =>
        file.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
        || file.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    // As PEFT takes it, from the current folder or the hub's cache; else from the adapter's folder.
    private static string Recorded(string folder, string? path)
    {
        if (string.IsNullOrEmpty(path))
            throw new SimperException(
                $"{folder} does not say which model it adapts (base_model_name_or_path in {AdapterFolder.ConfigName}); give it."
            );
        if (Exists(path))
            return path;
        string beside = Path.GetFullPath(Path.Combine(folder, path));
        if (Exists(beside))
            return beside;
        if (HubCache.Find(HubKind.Model, path) is not null)
            return path;
        throw new SimperException(
            $"{folder} is an adapter of {path}, which is not there; put the model there, fetch it with simper pull if it is of "
                + "the hub, or give its place with base_model_name_or_path."
        );
    }

    private static bool Exists(string path) => Directory.Exists(path) || File.Exists(path);
}
