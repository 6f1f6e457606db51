using System.Globalization;
using Simper.Text.Doctor;
using Simper.Text.Preferences;
using DataFinding = Simper.Text.Doctor.Finding;

namespace Simper.Reports;

/// <summary>
/// The doctor's findings as one self-contained page: filters by grade, check, text and row, and example rows token by token.
/// Without scripts everything is shown.
/// </summary>
public static class DoctorPage
{
    private const int MostRows = 200; // of a finding

    /// <summary>Writes the page, replacing a file of that name.</summary>
    /// <exception cref="SimperException">It cannot be written.</exception>
    public static void Write(DoctorReport report, string file) => RunReport.WritePage(file, Of(report));

    internal static Html Of(DoctorReport report) =>
        PageStyle.Page(
            $"{Path.GetFileName(report.Path)} – data doctor",
            Html.Of(
                $"""
                <h1>{Path.GetFileName(report.Path)}</h1>
                <p class="lead">{Lead(report)}</p>
                <div class="tiles">{Tile(report.Rows, "rows")}{Tile(report.Kept, "would be trained on")}{Tile(
                    report.Count(Grade.Error),
                    "errors"
                )}{Tile(report.Count(Grade.Warning), "warnings")}{Tile(report.Count(Grade.Note), "notes")}</div>
                {Figures(report)}
                {Filters(report)}
                <h2>Findings</h2>
                {(report.Findings.Count == 0 ? Html.Of($"<p class=\"note\">Nothing was found.</p>") : Html.Empty)}
                {report.Findings.Select(f => Section(report, f))}
                {Rows(report)}
                """
            ),
            Resource.Text("doctor.css"),
            Resource.Text("doctor.js")
        );

    private static string Lead(DoctorReport report) =>
        $"Layout {report.Layout}; tokens as in {TokenizationNames.Of(report.Tokenization.Compatibility)}, max_length "
        + string.Create(CultureInfo.InvariantCulture, $"{report.Tokenization.MaxLength}, {report.Tokens:N0} tokens.");

    private static Html Tile(long value, string name) =>
        Html.Of($"<div class=\"tile\"><span>{name}</span><b>{Shown.Count(value)}</b></div>\n");

    private static Html Figures(DoctorReport report) =>
        report.Figures.Count == 0
            ? Html.Empty
            : Html.Of(
                $"""
                <table class="figures"><tbody>{report.Figures.Select(f =>
                    Html.Of($"<tr><th>{f.What}</th><td class=\"number\">{f.Text}</td></tr>\n")
                )}</tbody></table>
                """
            );

    // Scripts show it: without them there is nothing to filter with.
    private static Html Filters(DoctorReport report) =>
        Html.Of(
            $"""
            <form class="filters" hidden>
            {((Grade[])[Grade.Error, Grade.Warning, Grade.Note]).Select(g =>
                Html.Of($"<label><input type=\"checkbox\" value=\"{Name(g)}\" checked> {Name(g)}s</label>\n")
            )}<label>check <select><option value="">all</option>{report.Findings.Select(f =>
                Html.Of($"<option>{f.Check.Id}</option>")
            )}</select></label>
            <label>text <input type="search"></label>
            <label>row <input type="search" name="row" inputmode="numeric" size="8"></label>
            <output></output>
            </form>
            """
        );

    private static Html Section(DoctorReport report, DataFinding finding) =>
        Html.Of(
            $"""
            <section class="finding {Name(finding.Grade)}" data-grade="{Name(finding.Grade)}" data-check="{finding.Check.Id}">
            <div class="said"><h3><span class="grade">{Name(finding.Grade)}</span>{(
                finding.Count > 0 ? $"{Shown.Count(finding.Count)} {(finding.Count == 1 ? "row" : "rows")}: " : ""
            )}{finding.What} <code class="check">{finding.Check.Id}</code></h3>
            <p>{finding.Check.Why}</p><p><b>To do:</b> {finding.Check.Fix}{(
                finding.Check.IsMended ? " A mended copy (--fix) has none." : ""
            )}</p></div>
            {(finding.Rows.Count == 0 ? Html.Empty : Places(report, finding))}
            </section>

            """
        );

    private static Html Places(DoctorReport report, DataFinding finding) =>
        Html.Of(
            $"""
            <details{(finding.Rows.Count <= 5 ? new Html(" open") : Html.Empty)}><summary>{(
                finding.Count > MostRows ? $"the first {MostRows} rows" : "rows"
            )}</summary>
            <table><tbody>{finding.Rows.Take(MostRows).Select(r => Place(report, r))}</tbody></table></details>
            """
        );

    private static Html Place(DoctorReport report, FoundRow row)
    {
        string place = report.NameOf(row.File, row.Row);
        Html linked = report.Views.Any(v => v.File == row.File && v.Row == row.Row)
            ? Html.Of($"<a href=\"#{Anchor(row.File, row.Row)}\">{place}</a>")
            : Html.Of($"{place}");
        return Html.Of($"<tr data-row=\"{row.Row}\"><th>{linked}</th><td>{row.Detail}</td></tr>\n");
    }

    private static Html Rows(DoctorReport report) =>
        report.Views.Count == 0
            ? Html.Empty
            : Html.Of(
                $"""
                <h2>Rows, token by token</h2>
                <p class="tokens"><span>the row's own text</span> <span class="template">written by the template</span> <span
                class="special">special token</span> <span class="scored">scored</span></p>
                {report.Views.Select(v => Row(report, v))}
                """
            );

    private static Html Row(DoctorReport report, RowView view) =>
        Html.Of(
            $"""
            <article class="row" id="{Anchor(view.File, view.Row)}" data-row="{view.Row}" data-checks="{string.Join(
                ' ',
                view.Faults.Select(f => f.Check.Id).Distinct()
            )}" data-grades="{string.Join(' ', GradesOf(report, view))}">
            <h3>{report.NameOf(view.File, view.Row)}{(view.LeftOut is { } reason ? $", left out because {reason}" : "")}</h3>
            {view.Faults.Select(f => Html.Of($"<p class=\"note\"><code>{f.Check.Id}</code> {f.Detail}</p>\n"))}
            {(view.Text.Length > 0 ? Html.Of($"<div class=\"tokens\">{view.Text}</div>") : Html.Empty)}
            {(view.Answers.Count > 0 ? Tokens("prompt", "", view.Prompt) : Html.Empty)}
            {view.Answers.Select(a =>
                Tokens(
                    $"{a.Name}, {a.Tokens.Count(t => t.IsScored)} of {a.Tokens.Count} tokens scored"
                        + (a.WasCut ? ", cut to max_length" : ""),
                    a.Weight > 0 ? "" : "rejected",
                    a.Tokens
                )
            )}
            </article>

            """
        );

    private static IEnumerable<string> GradesOf(DoctorReport report, RowView view) =>
        report
            .Findings.Where(f => f.Rows.Any(r => r.File == view.File && r.Row == view.Row))
            .Select(f => Name(f.Grade))
            .Distinct();

    private static Html Tokens(string title, string kind, IReadOnlyList<TokenView> tokens) =>
        Html.Of($"<h4>{title}</h4><div class=\"tokens {kind}\">{tokens.Select(Token)}</div>\n");

    // A line end is shown and made.
    private static Html Token(TokenView token)
    {
        string kind = $"{Name(token.Origin)}{(token.IsScored ? " scored" : "")}";
        Html text = token.Text.Contains('\n', StringComparison.Ordinal)
            ? Html.Join(token.Text.Split('\n').Select((part, i) => i == 0 ? Html.Of($"{part}") : Html.Of($"<i>↵</i>\n{part}")))
            : Html.Of($"{token.Text}");
        return Html.Of($"<span class=\"{kind}\" title=\"{token.Id}\">{text}</span>");
    }

    private static string Anchor(int file, int row) => string.Create(CultureInfo.InvariantCulture, $"row-{file}-{row}");

    private static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
