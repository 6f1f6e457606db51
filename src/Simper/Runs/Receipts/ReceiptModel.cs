using System.Globalization;
using System.Text;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Text.Hub;

namespace Simper.Runs.Receipts;

/// <summary>The model that a run began with.</summary>
public sealed record ReceiptModel
{
    /// <summary>As the recipe names it.</summary>
    public required string Name { get; init; }

    /// <summary>The commit, where it is of the hub's cache; else null.</summary>
    public string? Commit { get; init; }

    /// <summary>The files of its weights, and its configs; of a model that is made from a config only those.</summary>
    public required IReadOnlyList<ReceiptFile> Files { get; init; }

    /// <summary>The files of its tokenizer, as they are saved with the trained model.</summary>
    public required IReadOnlyList<ReceiptFile> Tokenizer { get; init; }

    /// <summary>SHA-256 of the chat templates' texts that were used, by name.</summary>
    public required IReadOnlyDictionary<string, string> Templates { get; init; }

    /// <summary>A hash of the weights in memory before the first step (64 bits, not cryptographic).</summary>
    public required string Weights { get; init; }

    /// <summary>Describes a model that was read, and its files.</summary>
    internal static ReceiptModel Of(string name, LanguageModel model, IReadOnlyList<ReceiptFile> files) =>
        new()
        {
            Name = Secrets.Masked(name),
            Commit = HubCache.CommitOf(model.Files.Source),
            Files = files,
            Tokenizer =
            [
                .. model
                    .Files.TokenizerFiles.OrderBy(f => f.Key, StringComparer.Ordinal)
                    .Select(f => ReceiptFile.Of(f.Key, f.Value)),
            ],
            Templates = new SortedDictionary<string, string>(
                model.Files.TemplateSources.ToDictionary(t => t.Key, t => FileHash.Sha256(Encoding.UTF8.GetBytes(t.Value))),
                StringComparer.Ordinal
            ),
            Weights = Hex(model.StateHash()),
        };

    internal static string Hex(ulong hash) => hash.ToString("x16", CultureInfo.InvariantCulture);
}
