using Simper.Checkpoints;

namespace Simper.Reports;

/// <summary>
/// Writes the report of a run: <c>report.html</c>, one self-contained page, and the figures in <c>plots/</c>.
/// </summary>
public static class RunReport
{
    /// <summary>Writes or rewrites the report of a finished run into its folder.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="page">Where to write the page instead of <c>report.html</c> in the folder.</param>
    /// <returns>The page's path.</returns>
    /// <exception cref="SimperException">It is not a run's folder, the run is not finished, or it cannot be written.</exception>
    public static string Write(string folder, string? page = null)
    {
        RunRecord run = RunRecord.Read(folder);
        foreach (Panel panel in Panel.All.Where(p => p.IsIn(run)))
            Save(panel.Of(run), folder, panel.File);
        if (RunPage.Margins(PairedRows.Of(run)) is { } margins)
            Save(margins, folder, "margins");
        return WritePage(page ?? Path.Combine(folder, "report.html"), RunPage.Of(run));
    }

    /// <summary>Writes a page atomically.</summary>
    internal static string WritePage(string file, Html page)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            WholeFile.Write(file, page.Text);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{file} cannot be written: {FileFault.Sentence(e)}.", e);
        }
    }

    private static void Save(Figure figure, string folder, string name)
    {
        figure.Save(Path.Combine(folder, "plots", name + ".png"));
        figure.Save(Path.Combine(folder, "plots", name + ".svg"));
    }
}
