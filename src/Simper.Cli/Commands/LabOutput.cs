using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Reports;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>Where an analysis is written: tables to the console, JSON and pictures into a folder if one was named.</summary>
internal sealed class LabOutput
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

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

    /// <summary>
    /// Refuses a folder that could not be written, before anything is computed. Nothing where no folder was named.
    /// </summary>
    /// <exception cref="SimperException">It is no folder, holds other files than figures, cannot be written or has too little
    /// room.</exception>
    public void Expect(ParseResult parsed)
    {
        if (FolderOf(parsed) is { } folder)
            OutputFolder.Expect(folder, FolderKind.Analysis, bytes: 4_000_000);
    }

    /// <summary>Writes NAME.json and each figure as .svg and .png; says where. Nothing where no folder was named.</summary>
    public void Write(
        ParseResult parsed,
        IAnsiConsole console,
        string name,
        JsonNode json,
        params IEnumerable<(string Name, Figure Figure)> figures
    )
    {
        if (FolderOf(parsed) is not { } folder)
            return;
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, name + ".json");
        WholeFile.Write(file, json.ToJsonString(Indented) + "\n");
        console.WriteLine(file);
        foreach ((string picture, Figure figure) in figures)
        {
            foreach (string ending in (string[])[".svg", ".png"])
            {
                figure.Save(Path.Combine(folder, picture + ending));
                console.WriteLine(Path.Combine(folder, picture + ending));
            }
        }
    }

    /// <summary>Writes NAME.csv (RFC 4180); says where. Nothing where no folder was named.</summary>
    public void WriteTable(ParseResult parsed, IAnsiConsole console, string name, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (FolderOf(parsed) is not { } folder)
            return;
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, name + ".csv");
        WholeFile.Write(file, string.Concat(rows.Select(row => string.Join(',', row.Select(Cell)) + "\n")));
        console.WriteLine(file);

        static string Cell(string text) =>
            text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    private string? FolderOf(ParseResult parsed) => parsed.GetValue(_folder) ?? parsed.GetValue(_earlierName);

    /// <summary>A table whose first columns are texts and whose others are numbers.</summary>
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
