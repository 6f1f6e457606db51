using Simper.Checkpoints;
using Simper.Models;

namespace Simper.Runs.Receipts;

/// <summary>A file that a run read or wrote.</summary>
/// <param name="Name">Its name in its folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">The SHA-256 of its content, in hexadecimal.</param>
public sealed record ReceiptFile(string Name, long Bytes, string Sha256)
{
    internal static ReceiptFile Of(string path, CancellationToken cancel = default) =>
        new(Path.GetFileName(path), new FileInfo(path).Length, FileHash.Sha256(path, cancel));

    internal static ReceiptFile Of(string name, byte[] content) => new(name, content.LongLength, FileHash.Sha256(content));

    /// <summary>The files of a model's folder that its weights and its shape come from, or its .gguf file; in order of names.
    /// </summary>
    internal static IReadOnlyList<string> PathsOf(ModelFiles model) =>
        File.Exists(model.Source)
            ? [model.Source]
            :
            [
                .. (model.Shards?.Values ?? Directory.GetFiles(model.Source, "*.gguf").Select(f => Path.GetFileName(f)))
                    .Concat(["config.json", "generation_config.json", HuggingFaceFolder.IndexName])
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal)
                    .Select(name => Path.Combine(model.Source, name))
                    .Where(File.Exists),
            ];

    /// <summary>All files of a folder, with those in its subfolders; in order of names.</summary>
    internal static IReadOnlyList<ReceiptFile> AllOf(string folder, CancellationToken cancel = default) =>
        [
            .. Directory
                .GetFiles(folder, "*", SearchOption.AllDirectories)
                .Select(file => (Name: Path.GetRelativePath(folder, file).Replace('\\', '/'), Path: file))
                .OrderBy(f => f.Name, StringComparer.Ordinal)
                .Select(f => Of(f.Path, cancel) with { Name = f.Name }),
        ];
}
