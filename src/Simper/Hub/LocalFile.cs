namespace Simper.Hub;

/// <summary>A file to upload: on the disk, or made for the upload.</summary>
/// <param name="Path">Its path in the repository.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Open">Opens it, from the start.</param>
internal sealed record LocalFile(string Path, long Size, Func<Stream> Open)
{
    private const int SampleBytes = 512;

    public static LocalFile Of(string path, string file)
    {
        using FileStream stream = File.OpenRead(file); // of a link, the file behind it
        return new LocalFile(path, stream.Length, () => File.OpenRead(file));
    }

    public static LocalFile Of(string path, byte[] content) =>
        new(path, content.Length, () => new MemoryStream(content, writable: false));

    /// <summary>Its first bytes, by which a hub tells text from others.</summary>
    public byte[] Sample()
    {
        using Stream stream = Open();
        var sample = new byte[Math.Min(SampleBytes, Size)];
        stream.ReadExactly(sample);
        return sample;
    }

    public byte[] Content()
    {
        using Stream stream = Open();
        var content = new byte[Size];
        stream.ReadExactly(content);
        return content;
    }
}
