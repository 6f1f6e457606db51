using System.CommandLine;
using Simper.Experiments;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>The output of an analysis: tables on the console, JSON and plots in a folder if one is given.</summary>
internal sealed class LabOutput
{
    private readonly Option<string?> _folder = new("--output_dir")
    {
        HelpName = "DIR",
        Description = "A folder for the figures as JSON and as pictures.",
    };

    private readonly Option<string?> _earlierName = new("--output") { Hidden = true };

    public void AddTo(Command command)
    {
        command.Options.Add(_folder);
        command.Options.Add(_earlierName);
    }

    /// <summary>Claims the folder, before anything is computed; null if none is given.</summary>
    /// <exception cref="SimperException">It cannot be used.</exception>
    public AnalysisFolder? Take(ParseResult parsed) => FolderOf(parsed) is { } folder ? AnalysisFolder.Take(folder) : null;

    /// <summary>Reports what was written.</summary>
    public static void Say(IAnsiConsole console, params IEnumerable<string> files)
    {
        foreach (string file in files)
            console.WriteLine(file);
    }

    private string? FolderOf(ParseResult parsed) => parsed.GetValue(_folder) ?? parsed.GetValue(_earlierName);

    /// <summary>A table whose first columns are text and whose others are numbers.</summary>
    public static Table Table(int texts, params ReadOnlySpan<string> columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        for (int i = 0; i < columns.Length; i++)
        {
            var column = new TableColumn(Markup.Escape(columns[i]));
            table.AddColumn(i < texts ? column : column.RightAligned());
        }
        return table;
    }
}
