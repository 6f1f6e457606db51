namespace Simper.Tests.Checkpoints;

/// <summary>A folder of its own for a test, gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Memory = "/dev/shm"; // Linux

    public TemporaryFolder()
        : this(Directory.CreateTempSubdirectory("simper-").FullName) { }

    private TemporaryFolder(string path) => Path = path;

    /// <summary>One in memory where the system has such folders, for tests that flush thousands of files.</summary>
    public static TemporaryFolder InMemory() =>
        Directory.Exists(Memory)
            ? new(Directory.CreateDirectory(System.IO.Path.Combine(Memory, $"simper-{Guid.NewGuid():N}")).FullName)
            : new();

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
