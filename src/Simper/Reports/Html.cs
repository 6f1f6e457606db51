using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Simper.Reports;

/// <summary>
/// A piece of a page. It is made from interpolated strings whose holes are escaped, so that no text of a data set or a model
/// becomes markup: <c>Html.Of($"&lt;td&gt;{answer}&lt;/td&gt;")</c>. Numbers are put into words by the caller.
/// </summary>
internal readonly record struct Html(string Text)
{
    public static readonly Html Empty = new("");

    /// <summary>Markup with escaped holes.</summary>
    public static Html Of(Escaped markup) => new(markup.ToString());

    /// <summary>Pieces one after another.</summary>
    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces.Select(p => p.Text)));

    public override string ToString() => Text;

    /// <summary>What the compiler makes of an interpolated string.</summary>
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

        // A page may hold no control characters but line ends and tabs.
        private static string Printable(string text) =>
            text.Any(c => char.IsControl(c) && c is not ('\n' or '\t'))
                ? string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c))
                : text;
    }
}
