using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Simper.Text.Templates;

/// <summary>The filter tojson: the text of Python's <c>json.dumps</c> with ensure_ascii off, as Hugging Face sets it.</summary>
internal static class JsonText
{
    public static string Write(object? value, CallArguments given, Budget budget)
    {
        object? indent = given.Get(1, "indent");
        if (given.Positional.Count == 1) // transformers' own order is ensure_ascii first, but templates write tojson(4) for the indent
            indent = given.Positional[0] is long ? given.Positional[0] : indent;
        string? step = indent switch { long n => new string(' ', (int)Math.Clamp(n, 0, 64)), string s => s, _ => null };
        List<object?>? separators = given.Get(2, "separators") as List<object?>;
        var writer = new Writer(step, separators?[0] as string ?? (step is null ? ", " : ","), separators?[1] as string ?? ": ",
            Values.IsTrue(given.Get(3, "sort_keys")), Values.IsTrue(given.Get(0, "ensure_ascii")) && given.Positional.Count != 1, given.Line, budget);
        writer.Value(value, "\n");
        return writer.ToString();
    }

    private sealed class Writer(string? step, string itemSeparator, string keySeparator, bool sortKeys, bool ascii, int line, Budget budget)
    {
        private readonly StringBuilder _text = new();

        public override string ToString() => _text.ToString();

        public void Value(object? value, string newLine)
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            budget.Allow(line, _text.Length / 64);
            switch (value)
            {
                case null:
                    _text.Append("null");
                    break;
                case bool b:
                    _text.Append(b ? "true" : "false");
                    break;
                case long n:
                    _text.Append(n.ToString(CultureInfo.InvariantCulture));
                    break;
                case double d:
                    _text.Append(double.IsNaN(d) ? "NaN" : double.IsInfinity(d) ? (d > 0 ? "Infinity" : "-Infinity") : Values.FloatText(d));
                    break;
                case string s:
                    Quoted(s);
                    break;
                case List<object?> list:
                    Several('[', ']', list, newLine, Value);
                    break;
                case TemplateMap map:
                    IEnumerable<KeyValuePair<object, object?>> entries = map.Where(e => e.Key is not Callable);
                    if (sortKeys)
                        entries = entries.OrderBy(e => Values.ToText(e.Key), StringComparer.Ordinal);
                    Several('{', '}', [.. entries], newLine, (entry, inner) =>
                    {
                        Quoted(entry.Key is bool or null ? (entry.Key is true ? "true" : "false") : Values.ToText(entry.Key));
                        _text.Append(keySeparator);
                        Value(entry.Value, inner);
                    });
                    break;
                default:
                    throw new TemplateException(line, $"{Values.Kind(value)} cannot be written as JSON.");
            }
        }

        private void Several<T>(char open, char close, IReadOnlyList<T> items, string newLine, Action<T, string> write)
        {
            _text.Append(open);
            string inner = step is null ? "" : newLine + step;
            for (int i = 0; i < items.Count; i++)
            {
                if (i > 0)
                    _text.Append(itemSeparator);
                _text.Append(inner);
                write(items[i], step is null ? newLine : inner);
            }
            if (items.Count > 0 && step is not null)
                _text.Append(newLine);
            _text.Append(close);
        }

        private void Quoted(string text)
        {
            _text.Append('"');
            foreach (char c in text)
            {
                _text.Append(c switch
                {
                    '"' => "\\\"",
                    '\\' => "\\\\",
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    '\b' => "\\b",
                    '\f' => "\\f",
                    < ' ' => $"\\u{(int)c:x4}",
                    > '~' when ascii => $"\\u{(int)c:x4}",
                    _ => c.ToString(),
                });
            }
            _text.Append('"');
        }
    }
}
