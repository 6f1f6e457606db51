using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Tokenization;

namespace Simper.Text.Vocabularies;

/// <summary>Reads a file of a tokenizer, with a limit, and says what is wrong with it.</summary>
internal static class VocabularyFile
{
    private const int Largest = 256 << 20;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64 };

    public static byte[] Read(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > Largest } file)
                throw new SimperException(
                    $"{path} is no file of a tokenizer: it has {file.Length >> 20} MB, and {Largest >> 20} are the limit."
                );
            byte[] bytes = File.ReadAllBytes(path);
            return !bytes.AsSpan().StartsWith("version https://git-lfs"u8)
                ? bytes
                : throw new SimperException(
                    $"{path} is a pointer of Git LFS, not the file itself; fetch that with git lfs pull or hf download."
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{path} cannot be read: {SystemFault.Sentence(e)}.", e);
        }
    }

    /// <summary>The lines of a text, without their ends; an empty one at the end of the file is none.</summary>
    public static string[] ReadLines(string path)
    {
        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Read(path)).TrimStart('\ufeff');
            string[] lines = text.Split('\n');
            for (int i = 0; i < lines.Length; i++)
                lines[i] = lines[i].EndsWith('\r') ? lines[i][..^1] : lines[i];
            return lines[^1].Length == 0 ? lines[..^1] : lines;
        }
        catch (DecoderFallbackException e)
        {
            throw new SimperException($"{path} is not a text in UTF-8.", e);
        }
    }

    /// <summary>A file of JSON as a section, so that errors name file and key.</summary>
    public static JsonSection ReadJson(string path)
    {
        try
        {
            ReadOnlyMemory<byte> bytes = Read(path);
            if (bytes.Span.StartsWith("\uFEFF"u8))
                bytes = bytes[3..];
            JsonElement root = JsonDocument.Parse(bytes, Strict).RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? new JsonSection(root, path + ": $")
                : throw new SimperException($"{path} has to be a JSON object.");
        }
        catch (JsonException e)
        {
            throw new SimperException($"{path} is not valid JSON, line {e.LineNumber + 1}: {SystemFault.Sentence(e)}.", e);
        }
    }

    /// <summary>The same, as a node; null where there is no such file.</summary>
    public static JsonObject? ReadObjectIfThere(string path) =>
        File.Exists(path) ? JsonObject.Create(ReadJson(path).Element) : null;
}
