using System.CommandLine;
using Simper.Text.Preferences;

namespace Simper.Cli.Commands;

/// <summary>The option that gives columns of a data file the names of layouts.</summary>
/// <param name="description">What its help says.</param>
internal sealed class ColumnMapOption(
    string description =
        "As in a recipe: the file's columns by the names of layouts, as prompt=question,chosen=best,rejected=worst."
)
{
    private readonly Option<string?> _columns = new("--" + ColumnMap.Key) { HelpName = "NAMES", Description = description };

    public void AddTo(Command command) => command.Options.Add(_columns);

    /// <summary>The columns.</summary>
    /// <exception cref="SimperException">The option names a column that no layout has.</exception>
    public ColumnMap Of(ParseResult parsed) =>
        parsed.GetValue(_columns) is { } columns ? ColumnMap.Parse(columns, "--" + ColumnMap.Key) : ColumnMap.None;
}
