using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Simper.Reports;

/// <summary>
/// A fragment of a page. It is built from interpolated strings whose holes are escaped, so that text from a data set or a model
/// never becomes markup: <c>Html.Of($"&lt;td&gt;{answer}&lt;/td&gt;")</c>. Numbers are formatted by the caller.
/// </summary>
internal readonly record struct Html(string Text)
{
    public static readonly Html Empty = new("");

    /// <summary>Markup with escaped holes.</summary>
    public static Html Of(Escaped markup) => new(markup.ToString());

    /// <summary>Fragments, concatenated.</summary>
    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces.Select(p => p.Text)));

    public override string ToString() => Text;

    /// <summary>The interpolated string handler.</summary>
    [InterpolatedStringHandler]
    public readonly struct Escaped(int literals, int holes)
    {
        private readonly StringBuilder _text = new(literals + 16 * holes);

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted(Html piece) => _text.Append(piece.Text);

        public void AppendFormatted(IEnumerable<Html> pieces) => _text.AppendJoin("", pieces.Select(p => p.Text));

        public void AppendFormatted(string? text) => _text.Append(WebUtility.HtmlEncode(Printable(text ?? "")));

        public void AppendFormatted(int number) => _text.Append(number.ToString(CultureInfo.InvariantCulture));

        public override string ToString() => _text.ToString();

        // HTML may contain no control characters except line ends and tabs.
        private static string Printable(string text) =>
            text.Any(c => char.IsControl(c) && c is not ('\n' or '\t'))
                ? string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c))
                : text;
    }
}
