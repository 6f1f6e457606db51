using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>
/// Reads a value that Python wrote with <c>repr</c>, as <c>ast.literal_eval</c> does: texts, numbers, lists, tuples, maps, True,
/// False and None. Data sets keep lists of choices in this form, and templates render them in it.
/// </summary>
internal sealed class PythonLiteral
{
    private const int Deepest = 64;

    private readonly string _text;
    private int _at;

    private PythonLiteral(string text) => _text = text;

    /// <summary>The value; tuples become lists.</summary>
    /// <exception cref="FormatException">The text is no literal.</exception>
    public static JsonNode? Parse(string text)
    {
        var reader = new PythonLiteral(text.Trim(' ', '\t'));
        JsonNode? value = reader.Value(0);
        reader.SkipBlanks();
        return reader._at == reader._text.Length ? value : throw reader.Fault();
    }

    private JsonNode? Value(int depth)
    {
        SkipBlanks();
        if (depth > Deepest || _at >= _text.Length)
            throw Fault();
        return _text[_at] switch
        {
            '[' => List(']', depth),
            '(' => Parenthesis(depth),
            '{' => Map(depth),
            '\'' or '"' => JsonValue.Create(Texts()),
            _ => Word(),
        };
    }

    private JsonArray List(char close, int depth)
    {
        var list = new JsonArray();
        _at++;
        while (!Takes(close))
        {
            if (list.Count > 0)
                Expect(',');
            if (list.Count > 0 && Takes(close))
                break;
            list.Add(Value(depth + 1));
        }
        return list;
    }

    // (1) is a number, (1,) a tuple
    private JsonNode? Parenthesis(int depth)
    {
        int start = _at;
        JsonArray list = List(')', depth);
        bool isTuple = list.Count != 1 || _text[start.._at].TrimEnd(')', ' ', '\n').EndsWith(',');
        return isTuple ? list : list[0]?.DeepClone();
    }

    private JsonObject Map(int depth)
    {
        var map = new JsonObject();
        _at++;
        while (!Takes('}'))
        {
            if (map.Count > 0)
                Expect(',');
            if (map.Count > 0 && Takes('}'))
                break;
            JsonNode? key = Value(depth + 1);
            Expect(':');
            map[key?.ToString() ?? "None"] = Value(depth + 1);
        }
        return map;
    }

    private bool Takes(char wanted)
    {
        SkipBlanks();
        if (_at < _text.Length && _text[_at] == wanted)
        {
            _at++;
            return true;
        }
        return _at < _text.Length ? false : throw Fault();
    }

    private void Expect(char wanted)
    {
        if (!Takes(wanted))
            throw Fault();
    }

    // Adjacent texts are one.
    private string Texts()
    {
        var whole = new StringBuilder();
        while (_at < _text.Length && _text[_at] is '\'' or '"')
        {
            char quote = _text[_at++];
            while (_at < _text.Length && _text[_at] != quote)
            {
                if (_text[_at] == '\\')
                    Escape(whole);
                else
                    whole.Append(_text[_at++]);
            }
            if (_at++ >= _text.Length)
                throw Fault();
            SkipBlanks();
        }
        return whole.ToString();
    }

    private void Escape(StringBuilder to)
    {
        try
        {
            PythonEscapes.Read(_text, ref _at, to);
        }
        catch (FormatException)
        {
            throw Fault();
        }
    }

    private JsonNode? Word()
    {
        int start = _at;
        while (_at < _text.Length && !(_text[_at] is ',' or ']' or ')' or '}' or ':' || char.IsWhiteSpace(_text[_at])))
            _at++;
        string word = _text[start.._at];
        if (word is "None" or "True" or "False")
            return word == "None" ? null : JsonValue.Create(word == "True");
        if (long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            return JsonValue.Create(whole);
        return
            word.Length > 0
            && (char.IsAsciiDigit(word[^1]) || word[^1] == '.')
            && double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? JsonValue.Create(number)
            : throw Fault();
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }

    private FormatException Fault() => new($"\"{(_text.Length > 60 ? _text[..60] + "..." : _text)}\" is no Python literal");
}
