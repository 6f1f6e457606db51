using System.Security.Cryptography;
using System.Text;

namespace Simper.Reports;

/// <summary>
/// A page's frame and style sheet: no requests, no scripts, light or dark like the reader's system, light in print.
/// </summary>
internal static class PageStyle
{
    // The policy forbids scripts and all requests, in case a text ever gets past the escaping.
    public static Html Page(string title, Html body) => Page(title, body, "", "");

    /// <summary>
    /// A page with rules of its own and one script, the only one that the policy lets run: it is named by its hash.
    /// </summary>
    public static Html Page(string title, Html body, string moreStyle, string script)
    {
        string allowed =
            script.Length == 0
                ? ""
                : $"; script-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'";
        return Html.Of(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy"
              content="default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:{new Html(allowed)}">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            <link rel="icon" href="data:,">
            <style>{new Html(Style)}{new Html(moreStyle)}</style>
            </head>
            <body>
            <main>
            {body}
            </main>
            {(script.Length == 0 ? Html.Empty : new Html($"<script>{script}</script>"))}
            </body>
            </html>

            """
        );
    }

    // The colours of figures are the page's.
    private static readonly string Style = $$"""
        {{FigureFont.FontFace}}
        :root { {{InlineFigure.Variables(Palette.Light)}} }
        @media screen and (prefers-color-scheme: dark) { :root { {{InlineFigure.Variables(Palette.Dark)}} } }
        {{Resource.Text("page.css")}}
        """;
}
