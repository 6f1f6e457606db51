using System.Text;

namespace Simper.Text.Preferences;

/// <summary>The bytes of a data file as UTF-8: decompressed and decoded by content, whatever the file's name.</summary>
internal static class DataStream
{
    private const int LongestHead = 16;

    /// <summary>The first bytes of a file, fewer of a short one.</summary>
    /// <exception cref="SimperException">It cannot be read.</exception>
    public static byte[] Head(string file)
    {
        using FileStream raw = Raw(file);
        return First(raw, LongestHead);
    }

    /// <summary>Opens a file. <paramref name="isPlain"/> tells whether the stream is the file byte for byte.</summary>
    /// <exception cref="SimperException">It cannot be read.</exception>
    public static Stream Open(string file, out bool isPlain)
    {
        FileStream raw = Raw(file);
        byte[] head = First(raw, LongestHead);
        raw.Position = 0;
        isPlain = false;
        if (UnpackedStream.IsPacked(head))
        {
            var unpacked = new BufferedStream(new UnpackedStream(raw, file));
            try
            {
                byte[] inside = First(unpacked, LongestHead);
                return Decoded(new JoinedStream(new MemoryStream(inside), unpacked), inside, file);
            }
            catch (InvalidDataException e)
            {
                unpacked.Dispose();
                throw new SimperException($"{file} is damaged: {e.Message}", e);
            }
        }
        Stream decoded = Decoded(raw, head, file);
        isPlain = ReferenceEquals(decoded, raw);
        return decoded;
    }

    private static byte[] First(Stream stream, int most)
    {
        var head = new byte[most];
        return head[..stream.ReadAtLeast(head, most, throwOnEndOfStream: false)];
    }

    // Windows writes UTF-16, with or without a BOM; data begin with ASCII characters, which reveals it.
    private static Stream Decoded(Stream stream, ReadOnlySpan<byte> head, string file)
    {
        Encoding? encoding = head switch
        {
            [0xff, 0xfe, 0, 0, ..] or [0, 0, 0xfe, 0xff, ..] => throw new SimperException(
                $"{file} is in UTF-32, which Simper does not read; write it in UTF-8: iconv -f UTF-32 -t UTF-8."
            ),
            [0xff, 0xfe, ..] or [(byte)'{' or (byte)'[', 0, ..] or [> 0 and < 128, 0, > 0 and < 128, 0, ..] =>
                new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
            [0xfe, 0xff, ..] or [0, (byte)'{' or (byte)'[', ..] or [0, > 0 and < 128, 0, > 0 and < 128, ..] =>
                new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
            _ => null,
        };
        return encoding is null ? stream : Encoding.CreateTranscodingStream(stream, encoding, new UTF8Encoding(false));
    }

    public static FileStream Raw(string file)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{file} cannot be read: {SystemFault.Sentence(e)}.", e);
        }
    }
}
