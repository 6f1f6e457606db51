using System.Globalization;
using System.Text.RegularExpressions;

namespace Simper.Ledgers;

/// <summary>
/// A file of a ledger by its name: an evaluation (<c>eval-00000000-before.parquet</c>, <c>eval-00000500.parquet</c>,
/// <c>eval-00001000-after.parquet</c>) or the pairs of some training steps (<c>train-00000001-00000500.parquet</c>). Names sort
/// in the order of the run within their kind.
/// </summary>
/// <param name="Phase">What it records.</param>
/// <param name="FirstStep">The step, or the first.</param>
/// <param name="LastStep">And the last.</param>
internal sealed partial record LedgerPart(LedgerPhase Phase, int FirstStep, int LastStep)
{
    /// <summary>The ledger's folder in a run's.</summary>
    public const string Folder = "ledger";

    /// <summary>The file's name.</summary>
    public string Name =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Phase switch
            {
                LedgerPhase.Training => $"train-{FirstStep:D8}-{LastStep:D8}",
                LedgerPhase.Before => $"eval-{FirstStep:D8}-before",
                LedgerPhase.After => $"eval-{FirstStep:D8}-after",
                _ => $"eval-{FirstStep:D8}",
            }}.parquet"
        );

    /// <summary>By a file's name; null if a ledger has no such file.</summary>
    public static LedgerPart? Of(string name)
    {
        if (Pattern().Match(name) is not { Success: true } match)
            return null;
        int Number(int group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
        return match.Groups[3].Success
            ? new LedgerPart(LedgerPhase.Training, Number(3), Number(4))
            : new LedgerPart(
                match.Groups[2].Value switch
                {
                    "-before" => LedgerPhase.Before,
                    "-after" => LedgerPhase.After,
                    _ => LedgerPhase.Between,
                },
                Number(1),
                Number(1)
            );
    }

    /// <summary>
    /// Those in a run's folder, in the order of the run: what a step saw stands before the evaluation behind it.
    /// </summary>
    public static IReadOnlyList<LedgerPart> In(string run)
    {
        string folder = Path.Combine(run, Folder);
        return Directory.Exists(folder)
            ?
            [
                .. Directory
                    .EnumerateFiles(folder)
                    .Select(f => Of(Path.GetFileName(f)))
                    .OfType<LedgerPart>()
                    .OrderBy(p => p.Phase == LedgerPhase.After)
                    .ThenBy(p => p.LastStep)
                    .ThenBy(p => p.Phase),
            ]
            : [];
    }

    /// <summary>Files that a killed process was writing, by their paths.</summary>
    public static IReadOnlyList<string> UnfinishedIn(string run)
    {
        string folder = Path.Combine(run, Folder);
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*.parquet.*.tmp") : [];
    }

    [GeneratedRegex(@"^(?:eval-(\d{8})(-before|-after)?|train-(\d{8})-(\d{8}))\.parquet$")]
    private static partial Regex Pattern();
}
