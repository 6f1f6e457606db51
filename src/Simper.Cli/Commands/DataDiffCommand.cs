using System.CommandLine;
using System.Globalization;
using Simper.Models;
using Simper.Text.Preferences;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper data diff</summary>
internal static class DataDiffCommand
{
    private const int LongestSame = 160; // characters of an equal part before its middle is elided

    public static Command Make(IAnsiConsole console)
    {
        var options = new DataOptions();
        var modes = new Option<string>("--modes")
        {
            Description = "Modes to lay side by side; the others are compared with the first.",
            DefaultValueFactory = _ => string.Join(',', TokenizationNames.Compatibilities.Select(c => c.Name)),
        };
        var diff = new Command(
            "diff",
            "Which tokens each compatibility mode scores, row by row, and how much the modes differ over the file."
        )
        {
            modes,
        };
        options.AddTo(diff);
        diff.SetAction(parsed =>
        {
            Compatibility[] chosen =
            [
                .. parsed
                    .GetValue(modes)!
                    .Split(',', StringSplitOptions.TrimEntries)
                    .Select(name => TokenizationNames.Find(TokenizationNames.Compatibilities, name, "--modes"))
                    .Distinct(),
            ];
            if (chosen.Length < 2)
                throw new SimperException("--modes needs two modes at least, as strict,trl.");
            TokenizationOptions lengths = options.Tokenization(parsed);
            if (lengths.MaxPromptLength is not null && !chosen.Contains(Compatibility.SimPerReference))
                throw new SimperException(
                    "--max_prompt_length belongs to the mode simper-reference, which --modes does not name."
                );
            Compare(
                console,
                parsed.GetValue(options.File)!,
                options.Reading(parsed, Compatibility.Strict).Columns,
                options.ModelFiles(parsed),
                lengths,
                chosen,
                parsed.GetValue(options.Rows)
            );
            return 0;
        });
        return diff;
    }

    private static void Compare(
        IAnsiConsole console,
        string file,
        ColumnMap columns,
        ModelFiles files,
        TokenizationOptions lengths,
        Compatibility[] modes,
        int shown
    )
    {
        IEnumerator<ModeRow>[] sources =
        [
            .. modes.Select(mode =>
                ModeRows
                    .Of(
                        file,
                        files.GroupTokenizer(
                            lengths with
                            {
                                Compatibility = mode,
                                MaxPromptLength = mode == Compatibility.SimPerReference ? lengths.MaxPromptLength : null,
                            }
                        ),
                        columns
                    )
                    .GetEnumerator()
            ),
        ];
        Totals[] totals = [.. modes.Select(_ => new Totals())];
        (int rows, int differing) = (0, 0);
        try
        {
            while (sources.All(s => s.MoveNext()))
            {
                ModeRow[] row = [.. sources.Select(s => s.Current)];
                if (rows++ < shown)
                    Show(console, row, modes, files);
                for (int m = 0; m < modes.Length; m++)
                    totals[m].Add(row[m]);
                differing += row.Skip(1).All(other => IsSame(row[0], other)) ? 0 : 1;
            }
        }
        finally
        {
            Array.ForEach(sources, s => s.Dispose());
        }
        console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows; the modes differ in {differing:N0} of them")
        );
        for (int m = 0; m < modes.Length; m++)
        {
            foreach (string line in totals[m].Report(TokenizationNames.Of(modes[m])))
                console.WriteLine(line);
        }
    }

    private static bool IsSame(ModeRow a, ModeRow b) =>
        a.Group is { } first && b.Group is { } second
            ? first.Answers.Length == second.Answers.Length
                && Enumerable
                    .Range(0, first.Answers.Length)
                    .All(i =>
                        ScoredSide.Of(first, i) is var x
                        && ScoredSide.Of(second, i) is var y
                        && x.Before.SequenceEqual(y.Before)
                        && x.Scored.SequenceEqual(y.Scored)
                    )
            : a.Group is null && b.Group is null;

    private static void Show(IAnsiConsole console, ModeRow[] row, Compatibility[] modes, ModelFiles files)
    {
        console.MarkupLine($"[bold]row {row[0].Row}[/]");
        TokenizedGroup? named = row.FirstOrDefault(r => r.Group is not null)?.Group;
        for (int i = 0; i < (named?.Answers.Length ?? 0); i++)
        {
            console.WriteLine(DataCommand.NameOf(named!, i));
            int[]? compared = null; // the scored ids of the first mode that keeps the row
            for (int m = 0; m < modes.Length; m++)
            {
                if (row[m].Group is not { } group)
                    continue;
                ScoredSide side = ScoredSide.Of(group, i);
                MarkedLines.Write(
                    console,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"  {TokenizationNames.Of(modes[m]), -16}  prompt {side.Before.Length, 4}  scored "
                            + $"{side.Scored.Length, 4}  "
                    ),
                    TokenDiff
                        .Of(compared ?? side.Scored, side.Scored, files.Tokenizer)
                        .Select(d => (Marked(d.Text, d.Change), ColorOf(d.Change), d.Change != TokenChange.Same))
                );
                compared ??= side.Scored;
            }
        }
        for (int m = 0; m < modes.Length; m++)
        {
            if (row[m].LeftOut is { } reason)
                console.WriteLine($"  {TokenizationNames.Of(modes[m]), -16}  left out because {reason}");
        }
        console.WriteLine();
    }

    // Marks in addition to colours, for files and pipes.
    private static string Marked(string text, TokenChange change)
    {
        string line = text.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
        return change switch
        {
            TokenChange.Added => "{+" + line + "+}",
            TokenChange.Removed => "{-" + line + "-}",
            _ => line.Length <= LongestSame ? line : $"{line[..(LongestSame / 2)]} ... {line[^(LongestSame / 2)..]}",
        };
    }

    private static Color ColorOf(TokenChange change) =>
        change switch
        {
            TokenChange.Added => Color.Green,
            TokenChange.Removed => Color.Red,
            _ => Color.Default,
        };

    /// <summary>The ids of one answer: those before its first scored token, and all scored ones.</summary>
    private readonly record struct ScoredSide(int[] Before, int[] Scored)
    {
        public static ScoredSide Of(TokenizedGroup group, int index)
        {
            TokenizedAnswer answer = group.Answers[index];
            return new ScoredSide(group.PromptOf(index), [.. answer.Ids.Where((_, t) => answer.IsScored[t])]);
        }
    }

    private sealed class Totals
    {
        private readonly SortedDictionary<string, List<int>> _leftOut = new(StringComparer.Ordinal);
        private int _rows;
        private int _answers;
        private long _scored;
        private long _before;

        public void Add(ModeRow row)
        {
            if (row.Group is not { } group)
            {
                if (!_leftOut.TryGetValue(row.LeftOut!, out List<int>? rows))
                    _leftOut[row.LeftOut!] = rows = [];
                rows.Add(row.Row);
                return;
            }
            _rows++;
            for (int i = 0; i < group.Answers.Length; i++)
            {
                ScoredSide side = ScoredSide.Of(group, i);
                (_answers, _scored, _before) = (_answers + 1, _scored + side.Scored.Length, _before + side.Before.Length);
            }
        }

        public IEnumerable<string> Report(string mode)
        {
            double answers = Math.Max(_answers, 1);
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{mode, -16}  {_rows:N0} rows kept, {_leftOut.Sum(l => l.Value.Count):N0} left out; a mean of "
                    + $"{_scored / answers:F1} tokens scored behind {_before / answers:F1}"
            );
            foreach ((string reason, List<int> rows) in _leftOut)
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"  left out because {reason}: {rows.Count:N0} (rows {string.Join(", ", rows.Take(5))}"
                        + $"{(rows.Count > 5 ? ", ..." : "")})"
                );
        }
    }
}
