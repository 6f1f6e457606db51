using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using Simper.Text.Hub;

namespace Simper.Checkpoints;

/// <summary>Opens and reads the small files of a checkpoint's folder, with limits, and reports what is wrong with them.</summary>
internal static class FolderFiles
{
    private const long LargestJson = 64L << 20;

    private static ReadOnlySpan<byte> Pointer => "version https://git-lfs"u8;

    private const long LargestTokenizer = 512L << 20;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    public static SafeFileHandle Open(string path)
    {
        try
        {
            SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            ExpectNoPointer(file, path);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In a snapshot of the cache it is a link to a content that is gone.
            string remedy = e is FileNotFoundException ? HubCache.Remedy(Path.GetDirectoryName(path) ?? ".", "") : "";
            throw new SimperException(
                $"{path} cannot be opened: {FileFault.Sentence(e)}{(remedy.Length > 0 ? "; " : "")}{remedy}.",
                e
            );
        }
    }

    // What git has of a large file where Git LFS is not installed: three lines of text in its place.
    private static void ExpectNoPointer(SafeFileHandle file, string path)
    {
        Span<byte> head = stackalloc byte[Pointer.Length];
        if (RandomAccess.Read(file, head, 0) < head.Length || !head.SequenceEqual(Pointer))
            return;
        file.Dispose();
        throw FileFault.At(
            path,
            "it is a pointer of Git LFS, not the file itself; fetch that with git lfs pull, or the model with simper "
                + "pull ORG/NAME",
            "GitLfsPointer"
        );
    }

    public static byte[] ReadBytes(string path, long most = LargestTokenizer)
    {
        using SafeFileHandle file = Open(path);
        long length = RandomAccess.GetLength(file);
        if (length > most)
            throw new SimperException($"{path} has {length} bytes, more than the {most} that such a file may have.");
        byte[] bytes = new byte[length];
        SafetensorsHeader.ReadFully(file, path, bytes, 0);
        return bytes;
    }

    /// <summary>A JSON object: no duplicate keys, at most 64 levels deep.</summary>
    public static JsonObject ReadJson(string path)
    {
        ReadOnlySpan<byte> text = ReadBytes(path, LargestJson);
        if (text.StartsWith("\uFEFF"u8))
            text = text[3..];
        try
        {
            CheckTexts(text);
            return JsonNode.Parse(text, nodeOptions: null, Strict) as JsonObject
                ?? throw new SimperException($"{path} must hold a JSON object.");
        }
        catch (JsonException e)
        {
            throw new SimperException($"{path} is not valid JSON, line {e.LineNumber + 1}: {SystemFault.Sentence(e)}.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new SimperException($"{path} holds text that is not valid Unicode: {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>JsonNode decodes strings lazily; here bad ones are found while the file can still be named.</summary>
    private static void CheckTexts(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Strict.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                reader.GetString();
        }
    }

    public static JsonObject? ReadJsonIfThere(string path) => File.Exists(path) ? ReadJson(path) : null;

    public static byte[]? ReadBytesIfThere(string path) => File.Exists(path) ? ReadBytes(path) : null;
}
