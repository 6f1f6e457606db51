using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Simper.Text.Templates;

/// <summary>
/// The filter tojson as in transformers: the output of Python's <c>json.dumps</c>, by default without ensure_ascii.
/// </summary>
internal static class JsonText
{
    public static string Write(object? value, CallArguments given, Budget budget)
    {
        string? step = given.Get(1, "indent") switch
        {
            null => null,
            string s => s,
            var n when Numbers.IsWhole(n) => new string(' ', (int)Math.Clamp(Numbers.Clamped(n), 0, 64)),
            var other => throw new TemplateException(
                given.Line,
                $"the indent has to be a whole number or a text, not {Values.Kind(other)}."
            ),
        };
        List<object?>? separators = given.Get(2, "separators") as List<object?>;
        if (separators is not (null or [string, string]))
            throw new TemplateException(given.Line, "separators are two texts.");
        var writer = new Writer(
            step,
            separators?[0] as string ?? (step is null ? ", " : ","),
            separators?[1] as string ?? ": ",
            Values.IsTrue(given.Get(3, "sort_keys")),
            Values.IsTrue(given.Get(0, "ensure_ascii")),
            given.Line,
            budget
        );
        writer.Value(value, "\n");
        return writer.ToString();
    }

    private sealed class Writer(
        string? step,
        string itemSeparator,
        string keySeparator,
        bool sortKeys,
        bool ascii,
        int line,
        Budget budget
    )
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
                case long or BigInteger:
                    _text.Append(Numbers.Text(value));
                    break;
                case double d:
                    _text.Append(Float(d));
                    break;
                case string s:
                    Quoted(s);
                    break;
                case Markup markup:
                    Quoted(markup.Text);
                    break;
                case List<object?> list:
                    Several('[', ']', list, newLine, Value);
                    break;
                case TemplateMap map:
                    IEnumerable<KeyValuePair<object, object?>> entries = map.Where(e => e.Key is not Callable);
                    if (sortKeys)
                        entries = entries.OrderBy(e => e.Key, Comparer<object>.Create(Values.Compare));
                    Several(
                        '{',
                        '}',
                        [.. entries],
                        newLine,
                        (entry, inner) =>
                        {
                            Quoted(Key(entry.Key));
                            _text.Append(keySeparator);
                            Value(entry.Value, inner);
                        }
                    );
                    break;
                default:
                    throw new TemplateException(line, $"{Values.Kind(value)} cannot be written as JSON.");
            }
        }

        private static string Float(double d) =>
            double.IsFinite(d) ? FloatFormat.Repr(d)
            : double.IsNaN(d) ? "NaN"
            : d > 0 ? "Infinity"
            : "-Infinity";

        private string Key(object key) =>
            key switch
            {
                bool b => b ? "true" : "false",
                double d => Float(d),
                string or long or BigInteger => Values.ToText(key),
                _ => throw new TemplateException(line, $"{Values.Kind(key)} cannot be a key of JSON."),
            };

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
                _text.Append(
                    c switch
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
                    }
                );
            }
            _text.Append('"');
        }
    }
}
