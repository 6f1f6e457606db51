using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>
/// A report as JSON, for programs. Keys keep their names and meanings while <c>schema</c> is the same number; new ones may come.
/// </summary>
public static class DoctorJson
{
    /// <summary>The number of the form.</summary>
    public const int Schema = 1;

    /// <summary>The whole report.</summary>
    public static JsonObject Of(DoctorReport report) =>
        new()
        {
            ["schema"] = Schema,
            ["path"] = report.Path,
            ["files"] = List(report.Files, f => f),
            ["layout"] = report.Layout,
            ["compatibility"] = TokenizationNames.Of(report.Tokenization.Compatibility),
            ["max_length"] = report.Tokenization.MaxLength,
            ["truncation_mode"] = TokenizationNames.Of(report.Tokenization.Truncation),
            ["rows"] = report.Rows,
            ["rows_kept"] = report.Kept,
            ["tokens"] = report.Tokens,
            ["errors"] = report.Count(Grade.Error),
            ["warnings"] = report.Count(Grade.Warning),
            ["notes"] = report.Count(Grade.Note),
            ["figures"] = new JsonObject(
                report.Figures.Select(f =>
                    KeyValuePair.Create(f.Id, (JsonNode?)new JsonObject { ["what"] = f.What, ["value"] = f.Value })
                )
            ),
            ["findings"] = List(report.Findings, Of),
            ["shown"] = List(report.Views, Of),
        };

    private static JsonObject Of(Finding finding) =>
        new()
        {
            ["check"] = finding.Check.Id,
            ["grade"] = finding.Grade.ToString().ToLowerInvariant(),
            ["what"] = finding.What,
            ["why"] = finding.Check.Why,
            ["fix"] = finding.Check.Fix,
            ["mended_by_fix"] = finding.Check.IsMended,
            ["rows"] = finding.Count,
            ["first_rows"] = List(
                finding.Rows,
                r => new JsonObject
                {
                    ["file"] = r.File,
                    ["row"] = r.Row,
                    ["detail"] = r.Detail,
                }
            ),
        };

    private static JsonObject Of(RowView view) =>
        new()
        {
            ["file"] = view.File,
            ["row"] = view.Row,
            ["left_out"] = view.LeftOut,
            ["checks"] = List(view.Faults.Select(f => f.Check.Id).Distinct(), c => c),
            ["prompt"] = List(view.Prompt, Of),
            ["answers"] = List(
                view.Answers,
                a => new JsonObject
                {
                    ["name"] = a.Name,
                    ["weight"] = a.Weight,
                    ["was_cut"] = a.WasCut,
                    ["tokens"] = List(a.Tokens, Of),
                }
            ),
        };

    private static JsonObject Of(TokenView token) =>
        new()
        {
            ["id"] = token.Id,
            ["text"] = token.Text,
            ["origin"] = token.Origin.ToString().ToLowerInvariant(),
            ["scored"] = token.IsScored,
        };

    private static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode?> node) => [.. items.Select(node)];
}
