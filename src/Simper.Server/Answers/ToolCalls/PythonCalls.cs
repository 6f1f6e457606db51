using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Simper.Server.Answers.ToolCalls;

/// <summary>Calls as Python writes them: <c>[f(x=1, y="a"), g()]</c>, or one a line.</summary>
internal sealed class PythonCalls
{
    private const int MostLevels = 32;

    private readonly string _text;
    private int _at;

    private PythonCalls(string text) => _text = text;

    /// <summary>The calls of a text; null if it is none.</summary>
    public static IReadOnlyList<ToolCall>? Read(string text, ToolSet tools)
    {
        text = text.Replace("<|python_start|>", "", StringComparison.Ordinal)
            .Replace("<|python_end|>", "", StringComparison.Ordinal)
            .Trim();
        try
        {
            IReadOnlyList<ToolCall> calls = new PythonCalls(text).All();
            return calls.Count > 0 && calls.All(c => tools.Has(c.Name)) ? calls : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private List<ToolCall> All()
    {
        var calls = new List<ToolCall>();
        bool isList = Takes('[');
        while (!Ends(isList))
        {
            if (calls.Count > 0 && isList)
                Expect(',');
            if (Ends(isList))
                break;
            calls.Add(Call());
        }
        if (isList)
            Expect(']');
        return IsAtEnd ? calls : throw Fault();

        bool Ends(bool isList)
        {
            Skip();
            return IsAtEnd || (isList && _text[_at] == ']');
        }
    }

    private ToolCall Call()
    {
        string name = Name();
        Expect('(');
        var arguments = new JsonObject();
        while (!Takes(')'))
        {
            if (arguments.Count > 0)
                Expect(',');
            if (Takes(')'))
                break;
            string key = Name();
            Expect('=');
            arguments[key] = Value(0);
        }
        return new ToolCall(name, JsonCalls.Written(arguments));
    }

    private JsonNode? Value(int level)
    {
        Skip();
        if (level > MostLevels || IsAtEnd)
            throw Fault();
        char first = _text[_at];
        if (first is '"' or '\'')
            return Text();
        if (Takes('['))
            return List(']', level);
        if (Takes('('))
            return List(')', level);
        if (Takes('{'))
            return Map(level);
        int from = _at;
        while (!IsAtEnd && (char.IsLetterOrDigit(_text[_at]) || _text[_at] is '.' or '-' or '+' or '_'))
            _at++;
        string word = _text[from.._at];
        return word switch
        {
            "True" or "true" => true,
            "False" or "false" => false,
            "None" or "null" => null,
            _ when long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => whole,
            _ when char.IsAsciiLetter(first) => throw Fault(),
            _ when double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                    && double.IsFinite(number) => number,
            _ => throw Fault(),
        };
    }

    private JsonArray List(char close, int level)
    {
        var list = new JsonArray();
        while (!Takes(close))
        {
            if (list.Count > 0)
                Expect(',');
            if (Takes(close))
                break;
            list.Add(Value(level + 1));
        }
        return list;
    }

    private JsonObject Map(int level)
    {
        var map = new JsonObject();
        while (!Takes('}'))
        {
            if (map.Count > 0)
                Expect(',');
            if (Takes('}'))
                break;
            Skip();
            string key = Text();
            Expect(':');
            map[key] = Value(level + 1);
        }
        return map;
    }

    private string Text()
    {
        if (IsAtEnd || _text[_at] is not ('"' or '\''))
            throw Fault();
        char quote = _text[_at++];
        var text = new StringBuilder();
        while (!IsAtEnd && _text[_at] != quote)
        {
            char c = _text[_at++];
            text.Append(c == '\\' ? Escaped() : c);
        }
        if (IsAtEnd)
            throw Fault();
        _at++;
        return text.ToString();
    }

    private string Escaped()
    {
        if (IsAtEnd)
            throw Fault();
        char c = _text[_at++];
        if (c is 'u' or 'x')
        {
            int digits = c == 'u' ? 4 : 2;
            if (
                _at + digits > _text.Length
                || !int.TryParse(
                    _text.AsSpan(_at, digits),
                    NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture,
                    out int value
                )
            )
                throw Fault();
            _at += digits;
            return ((char)value).ToString();
        }
        return c switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            '\\' or '\'' or '"' => c.ToString(),
            _ => "\\" + c,
        };
    }

    private string Name()
    {
        Skip();
        int from = _at;
        while (!IsAtEnd && (char.IsLetterOrDigit(_text[_at]) || _text[_at] is '_' or '.' or '-'))
            _at++;
        return _at > from ? _text[from.._at] : throw Fault();
    }

    private bool IsAtEnd => _at >= _text.Length;

    private void Skip()
    {
        while (!IsAtEnd && char.IsWhiteSpace(_text[_at]))
            _at++;
    }

    private bool Takes(char c)
    {
        Skip();
        if (IsAtEnd || _text[_at] != c)
            return false;
        _at++;
        return true;
    }

    private void Expect(char c)
    {
        if (!Takes(c))
            throw Fault();
    }

    private FormatException Fault() => new($"no call of Python at character {_at}");
}
