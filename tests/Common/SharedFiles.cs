namespace Simper.Testing;

/// <summary>
/// Where the reference files lie that are too large or not ours to commit: the folder <c>shared</c> beside the repository, or
/// what SIMPER_SHARED names. Tests that need it skip elsewhere; where CI is set they fail, so that nothing passes unseen.
/// </summary>
internal static class SharedFiles
{
    /// <summary>The root of this repository.</summary>
    public static string Repository { get; } = Up(AppContext.BaseDirectory, "Simper.slnx")
        ?? throw new InvalidOperationException("Simper.slnx was not found above the test output.");

    /// <summary>The folder of reference files, or null.</summary>
    public static string? Root { get; } = Find(); // after Repository: static fields are set in order

    /// <summary>The full path of a file or folder below shared; skips the test (fails in CI) when shared is not there.</summary>
    public static string Path(params string[] parts)
    {
        if (Root is null)
        {
            const string missing = "needs the folder of reference files (../shared or SIMPER_SHARED)";
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") is "true" or "1", missing);
            Assert.Fail(missing);
        }
        return System.IO.Path.Combine([Root, .. parts]);
    }

    /// <summary>Names of the folders below a folder of shared, in order; empty when shared is not there.</summary>
    public static IEnumerable<string> Folders(params string[] parts)
    {
        string? folder = Root is null ? null : System.IO.Path.Combine([Root, .. parts]);
        return folder is null || !Directory.Exists(folder)
            ? []
            : Directory.GetDirectories(folder).Select(f => System.IO.Path.GetFileName(f)!).Order(StringComparer.Ordinal);
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SIMPER_SHARED") is { Length: > 0 } named)
            return Directory.Exists(named) ? named : null;
        string? parent = Directory.GetParent(Repository)?.FullName;
        string beside = System.IO.Path.Combine(parent ?? "/", "shared");
        return Directory.Exists(System.IO.Path.Combine(beside, "golden")) ? beside : null;
    }

    private static string? Up(string from, string marker)
    {
        for (DirectoryInfo? d = new(from); d is not null; d = d.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(d.FullName, marker)))
                return d.FullName;
        }
        return null;
    }
}
