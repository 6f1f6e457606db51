using System.Text;

namespace Simper.Checkpoints;

/// <summary>
/// Writes a file atomically: to a temporary file first, then renamed, so that a full disk or an interruption leaves the previous
/// content.
/// </summary>
public static class WholeFile
{
    /// <summary>Writes a text as UTF-8.</summary>
    /// <exception cref="IOException">It could not be written; nothing is left of it.</exception>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes.</summary>
    /// <exception cref="IOException">They could not be written; nothing is left of them.</exception>
    public static void Write(string path, params ReadOnlySpan<byte[]> parts)
    {
        using var file = new AsideFile(path);
        foreach (byte[] part in parts)
            file.Stream.Write(part);
        file.Commit();
    }
}
