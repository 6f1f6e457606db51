namespace Simper.Reports;

/// <summary>
/// Several runs on one page. The first is the baseline: every other run is compared with it, paired, on the held-out pairs that
/// both have.
/// </summary>
public static class Comparison
{
    /// <summary>Writes the page.</summary>
    /// <param name="folders">Folders of finished runs, two or more.</param>
    /// <param name="page">The page's file.</param>
    /// <returns>The page's path.</returns>
    /// <exception cref="SimperException">There are fewer than two runs, one is given twice, is not a run's folder or not
    /// finished, or the page cannot be written.</exception>
    public static string Write(IReadOnlyList<string> folders, string page)
    {
        if (folders.Count < 2)
            throw new SimperException("A comparison needs two runs at least; give the folders of more runs.");
        if (
            folders.GroupBy(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f))).FirstOrDefault(g => g.Count() > 1) is
            { } twice
        )
            throw new SimperException($"{twice.Key} is given twice; give each run once.");
        RunRecord[] runs = [.. folders.Select(RunRecord.Read)];
        return RunReport.WritePage(page, ComparisonPage.Of(runs, Names(runs)));
    }

    // The folders' names; where these are equal, the paths.
    private static string[] Names(RunRecord[] runs) =>
        [
            .. runs.Select(r =>
                runs.Count(other => other.Name == r.Name) == 1 ? r.Name : Path.TrimEndingDirectorySeparator(r.Path)
            ),
        ];
}
