using System.Security.Cryptography;

namespace Simper.Tests.Runs.Resuming;

/// <summary>The files and folders below a folder at one moment, as a process that is killed then leaves them.</summary>
internal sealed class FolderImage
{
    private readonly List<(string Path, byte[]? Content)> _entries = []; // folders before what is in them

    private FolderImage() { }

    /// <summary>A line for each file and folder, with the file's hash.</summary>
    public IEnumerable<string> Entries =>
        _entries
            .Select(e => e.Content is null ? e.Path + "/" : $"{e.Path} {Convert.ToHexString(SHA256.HashData(e.Content))}")
            .Order(StringComparer.Ordinal);

    /// <summary>Takes one. Links are left out.</summary>
    public static FolderImage Of(string folder)
    {
        var image = new FolderImage();
        image.Add(folder, "");
        return image;
    }

    /// <summary>Makes a folder so again.</summary>
    public void PutBack(string folder)
    {
        foreach (string path in Directory.GetDirectories(folder).Where(d => !IsLink(d)))
            Directory.Delete(path, recursive: true);
        foreach (string path in Directory.GetFiles(folder).Where(f => !IsLink(f)))
            File.Delete(path);
        foreach ((string path, byte[]? content) in _entries)
        {
            if (content is null)
                Directory.CreateDirectory(Path.Combine(folder, path));
            else
                File.WriteAllBytes(Path.Combine(folder, path), content);
        }
    }

    private void Add(string folder, string below)
    {
        foreach (string path in Directory.GetDirectories(folder).Where(d => !IsLink(d)))
        {
            string name = Path.Combine(below, Path.GetFileName(path));
            _entries.Add((name, null));
            Add(path, name);
        }
        foreach (string path in Directory.GetFiles(folder).Where(f => !IsLink(f)))
            _entries.Add((Path.Combine(below, Path.GetFileName(path)), Read(path)));
    }

    // Also one that is being written.
    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;
}
