using System.Globalization;
using System.Text;
using Simper.Checkpoints;
using Simper.Runs.Resuming;
using Simper.Text.Hub;
using Simper.Text.Preferences;

namespace Simper.Runs.Receipts;

/// <summary>The rows that a run trains on, or holds out: as they are stored, and as tokens.</summary>
public sealed record ReceiptRows
{
    private const int MostMarks = 1024;
    private const int MarkLength = 8;

    /// <summary>As the recipe names the data.</summary>
    public required string Name { get; init; }

    /// <summary>The commit, where it is of the hub's cache; else null.</summary>
    public string? Commit { get; init; }

    /// <summary>How many groups (a prompt with its answers) were made of the rows.</summary>
    public required int Groups { get; init; }

    /// <summary>SHA-256 of the data's rows as they are stored, and which of them these are.</summary>
    public required string Stored { get; init; }

    /// <summary>SHA-256 of all parts' SHA-256 (<see cref="Marks"/>): ids, weights, and which ids are scored.</summary>
    public required string Tokens { get; init; }

    /// <summary>
    /// The beginnings (8 digits) of the SHA-256 of every group, or where there are more than 1,024 of as many equal parts of
    /// them, one behind the other: they tell which row is another one.
    /// </summary>
    public required string Marks { get; init; }

    /// <summary>Describes rows that were read.</summary>
    internal static ReceiptRows Of(string name, PreferenceDataset rows, IReadOnlyList<TokenizedGroup> groups)
    {
        string[] parts = [.. groups.Chunk(PartOf(groups.Count)).Select(RunIdentity.Of)];
        return new ReceiptRows
        {
            Name = Secrets.Masked(name),
            Commit = HubCache.Find(HubKind.Dataset, name) is { } folder ? HubCache.CommitOf(folder) : null,
            Groups = groups.Count,
            Stored = rows.Fingerprint,
            Tokens = FileHash.Sha256(Encoding.ASCII.GetBytes(string.Concat(parts))),
            Marks = string.Concat(parts.Select(p => p[..MarkLength])),
        };
    }

    /// <summary>Which of the groups are not those of the receipt, in words; null where all are.</summary>
    internal string? Changed(ReceiptRows now, IReadOnlyList<TokenizedGroup> groups)
    {
        if (now.Tokens == Tokens)
            return null;
        int part = PartOf(Groups);
        string[] changed =
        [
            .. PartOf(groups.Count) == part
                ? Enumerable
                    .Range(0, Math.Min(Marks.Length, now.Marks.Length) / MarkLength)
                    .Where(i => !MarkAt(i).SequenceEqual(now.MarkAt(i)))
                    .Select(i => RowsOf(groups, i * part, part))
                : [],
        ];
        string count =
            now.Groups == Groups ? "" : string.Create(CultureInfo.InvariantCulture, $"{Groups} then, {now.Groups} now");
        string rows =
            changed.Length == 0 ? ""
            : changed.Length > 5 ? $"{string.Join(", ", changed.Take(5))} and others changed"
            : $"{string.Join(", ", changed)} changed";
        return string.Join("; ", new[] { count, rows }.Where(t => t.Length > 0)) is { Length: > 0 } said ? said : "other tokens";
    }

    private ReadOnlySpan<char> MarkAt(int part) => Marks.AsSpan(part * MarkLength, MarkLength);

    private static string RowsOf(IReadOnlyList<TokenizedGroup> groups, int first, int count)
    {
        (int from, int to) = (groups[first].Row, groups[Math.Min(first + count, groups.Count) - 1].Row);
        return from == to
            ? string.Create(CultureInfo.InvariantCulture, $"row {from}")
            : string.Create(CultureInfo.InvariantCulture, $"a row of {from} to {to}");
    }

    private static int PartOf(int groups) => Math.Max(1, (groups + MostMarks - 1) / MostMarks);
}
