namespace Simper.Testing;

/// <summary>
/// Where the reference files lie that are too large or not ours to commit: the folder <c>shared</c> beside the repository, or
/// what SIMPER_SHARED names. Tests that need it skip elsewhere; where CI is set they fail, so that nothing passes unseen, unless
/// SIMPER_SHARED is <c>none</c>, which says that the folder is left out on purpose.
/// </summary>
internal static class SharedFiles
{
    private const string Missing = "needs the folder of reference files (../shared or SIMPER_SHARED)";
    private const string None = "none";

    /// <summary>The root of this repository.</summary>
    public static string Repository { get; } =
        Up(AppContext.BaseDirectory, "Simper.slnx")
        ?? throw new InvalidOperationException("Simper.slnx was not found above the test output.");

    /// <summary>The folder of reference files, or null.</summary>
    public static string? Root { get; } = Find(); // after Repository: static fields are set in order

    /// <summary>Why a row of a theory is skipped where the folder is not there; null where it is there, or has to be.</summary>
    public static string? Reason => Root is null && !IsRequired ? Missing : null;

    private static bool IsRequired =>
        Environment.GetEnvironmentVariable("CI") is "true" or "1" && Environment.GetEnvironmentVariable("SIMPER_SHARED") != None;

    /// <summary>The full path of a file or folder below shared; skips the test (fails in CI) when shared is not there.</summary>
    public static string Path(params string[] parts)
    {
        Expect();
        return System.IO.Path.Combine([Root!, .. parts]);
    }

    /// <summary>
    /// Skips the test (fails in CI) when shared is not there. To be called before code that takes any exception for a failure, as
    /// the samples of a property do.
    /// </summary>
    public static void Expect()
    {
        if (Root is null)
        {
            Assert.SkipWhen(!IsRequired, Missing);
            Assert.Fail(Missing);
        }
    }

    /// <summary>
    /// Rows of a theory, found in shared; where it is not there, one row that is skipped with the reason (and fails in CI).
    /// </summary>
    public static TheoryData<string> Rows(Func<IEnumerable<string>> names)
    {
        if (Root is not null)
            return [.. names()];
        return [new TheoryDataRow<string>("the rows are among the reference files") { Skip = Reason }];
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
            return named != None && Directory.Exists(named) ? System.IO.Path.GetFullPath(named) : null;
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
