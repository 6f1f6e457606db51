using System.Text;
using System.Text.RegularExpressions;
using Simper.Text.Hub;
using Simper.Text.Tables.Arrow;
using Simper.Text.Tables.Parquet;

namespace Simper.Text.Preferences;

/// <summary>Data in formats other than JSON: detects them, and suggests one line that converts them to JSON lines.</summary>
internal static partial class ForeignData
{
    /// <summary>The message for a file that does not begin like JSON.</summary>
    public static SimperException Refusal(string file, ReadOnlySpan<byte> head) => new(file + " " + Sentence(file, head));

    /// <summary>Advice for a path that does not exist.</summary>
    public static SimperException Missing(string path) =>
        new(
            (
                HubCache.Missing(HubKind.Dataset, path)
                ?? $"{path} does not exist; give a file of JSON, Parquet, CSV or Arrow, a pattern of names, or a folder"
            ) + "."
        );

    /// <summary>The refusal of a file that is known to be something else, by its first bytes; null for others.</summary>
    public static SimperException? OfContent(string file, ReadOnlySpan<byte> head) =>
        Known(file, head) is { } sentence ? new SimperException($"{file} {sentence}") : null;

    private static string Sentence(string file, ReadOnlySpan<byte> head)
    {
        if (Known(file, head) is { } known)
            return known;
        string line = Encoding.UTF8.GetString(head).Trim('\uFEFF', ' ', '\t', '\r', '\n').Split('\n')[0];
        return $"is not JSON, nor a table: it begins with \"{(line.Length > 40 ? line[..40] + "..." : line.TrimEnd('\r'))}\"; "
            + "Simper reads a JSON object a line, an array of objects, Parquet, and CSV whose first line names the columns.";
    }

    private static string? Known(string file, ReadOnlySpan<byte> head)
    {
        string name = NameOf(file);
        string end = Path.GetExtension(file).ToLowerInvariant();
        string Python(string kind, string code) =>
            $"is {kind}, which Simper does not read; make JSON lines of it: python -c \"{code}\"";
        if (ParquetFile.Is(head) || ArrowFile.Is(head))
            return "is a packed table, which Simper does not read; unpack it and give the file that is in it: tables are "
                + "compressed inside.";
        if (head.StartsWith("FEA1"u8))
            return "is Feather of version 1, which Simper does not read; write it again with pyarrow.feather, "
                + "which writes version 2.";
        if (head.StartsWith("PK"u8))
            return end == ".xlsx"
                ? Python("an Excel table", $"import pandas; pandas.read_excel('{file}').to_csv('{name}.csv', index=False)")
                : "is a zip archive; unpack it and give the file that is in it.";
        if (head.StartsWith("version https://git-lfs"u8))
            return "is a pointer of Git LFS, not the file itself; fetch that with git lfs pull, or simper pull "
                + "ORG/NAME --dataset.";
        if (head.TrimStart("\ufeff"u8).TrimStart(" \t\r\n"u8).StartsWith("<"u8))
            return "is a web page (HTML or XML), not data; fetch the file itself, on the Hugging Face hub from an address with "
                + "/resolve/ in place of /blob/.";
        return head.Contains((byte)0)
            ? "is a binary file that Simper does not know; it reads JSON, Parquet, Arrow and CSV."
            : null;
    }

    // The file name without its extensions.
    private static string NameOf(string path) => DataEnd().Replace(Path.GetFileName(path.TrimEnd('/', '\\')), "");

    [GeneratedRegex(@"(\.(jsonl|json|csv|tsv|txt|parquet|arrow|feather|xlsx|gz|zst|bz2|xz|zip))+$", RegexOptions.IgnoreCase)]
    private static partial Regex DataEnd();
}
