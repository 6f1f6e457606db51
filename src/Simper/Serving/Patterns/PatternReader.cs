using System.Globalization;

namespace Simper.Serving.Patterns;

/// <summary>
/// Reads a regular expression as ECMAScript writes them, by characters. What is not regular (lookarounds, references back, word
/// borders) is refused by its name.
/// </summary>
internal sealed class PatternReader
{
    private const int MostRepetitions = 1000;
    private const int MostLevels = 64;

    private readonly int[] _text;
    private int _at;
    private int _level;

    private PatternReader(string pattern) => _text = [.. pattern.EnumerateRunes().Select(r => r.Value)];

    /// <exception cref="FormatException">It is none, or has what cannot be held; the message says what.</exception>
    public static PatternNode Read(string pattern)
    {
        var reader = new PatternReader(pattern);
        PatternNode read = reader.Options();
        return reader._at == reader._text.Length ? read : throw new FormatException("has a ) too many");
    }

    private bool IsAtEnd => _at == _text.Length;

    private bool Takes(char c)
    {
        if (IsAtEnd || _text[_at] != c)
            return false;
        _at++;
        return true;
    }

    private bool Takes(string text)
    {
        if (_at + text.Length > _text.Length || text.Where((c, i) => _text[_at + i] != c).Any())
            return false;
        _at += text.Length;
        return true;
    }

    private PatternNode Options()
    {
        if (++_level > MostLevels)
            throw new FormatException("has too many groups within each other");
        var options = new List<PatternNode> { Sequence() };
        while (Takes('|'))
            options.Add(Sequence());
        _level--;
        return options.Count == 1 ? options[0] : new PatternNode.Any(options);
    }

    private PatternNode Sequence()
    {
        var parts = new List<PatternNode>();
        while (!IsAtEnd && _text[_at] is not ('|' or ')'))
            parts.Add(Repeated(Part()));
        return new PatternNode.Sequence(parts);
    }

    private PatternNode Repeated(PatternNode part)
    {
        (int Least, int Most)? times =
            Takes('*') ? (0, int.MaxValue)
            : Takes('+') ? (1, int.MaxValue)
            : Takes('?') ? (0, 1)
            : Count();
        if (times is null)
            return part;
        Takes('?'); // as few as possible: the same texts
        if (part is PatternNode.Beginning or PatternNode.End || (!IsAtEnd && _text[_at] is '*' or '+' or '?'))
            throw new FormatException("repeats what cannot be repeated");
        return new PatternNode.Repeated(part, times.Value.Least, times.Value.Most);
    }

    // {2}, {2,} or {2,5}; any other { is itself.
    private (int, int)? Count()
    {
        int begun = _at;
        if (!Takes('{'))
            return null;
        int? least = Digits();
        bool isOpen = Takes(',');
        int? most = isOpen ? Digits() ?? int.MaxValue : least;
        if (least is null || !Takes('}'))
        {
            _at = begun;
            return null;
        }
        if (most < least)
            throw new FormatException($"repeats at least {least} and at most {most} times");
        if (least > MostRepetitions || (most > MostRepetitions && most != int.MaxValue))
            throw new FormatException($"repeats more than {MostRepetitions} times");
        return (least.Value, most!.Value);
    }

    private int? Digits()
    {
        int begun = _at;
        long value = 0;
        for (; !IsAtEnd && _text[_at] is >= '0' and <= '9'; _at++)
            value = Math.Min(int.MaxValue - 1, value * 10 + _text[_at] - '0');
        return _at == begun ? null : (int)value;
    }

    private PatternNode Part()
    {
        if (Takes('('))
            return Group();
        if (Takes('['))
            return new PatternNode.One(Class());
        if (Takes('^'))
            return new PatternNode.Beginning();
        if (Takes('$'))
            return new PatternNode.End();
        if (Takes('.'))
            return new PatternNode.One(CodePoints.Dot);
        if (Takes('\\'))
            return new PatternNode.One(Escaped(isInClass: false));
        int c = _text[_at++];
        if (c is '*' or '+' or '?')
            throw new FormatException($"has a {(char)c} that repeats nothing");
        return new PatternNode.One(CodePoints.Of((c, c)));
    }

    private PatternNode Group()
    {
        if (Takes("?=") || Takes("?!") || Takes("?<=") || Takes("?<!"))
            throw new FormatException("looks ahead or back, which cannot be held");
        if (Takes("?<"))
        {
            while (!IsAtEnd && _text[_at] != '>')
                _at++;
            if (!Takes('>'))
                throw new FormatException("has a group whose name does not end");
        }
        else if (!Takes("?:") && !IsAtEnd && _text[_at] == '?')
            throw new FormatException("has a kind of group that cannot be held");
        PatternNode inside = Options();
        return Takes(')') ? inside : throw new FormatException("has a ( that is not closed");
    }

    private CodePoints Class()
    {
        bool isNegated = Takes('^');
        var all = CodePoints.Of();
        while (!Takes(']'))
        {
            CodePoints first = Item();
            if (!IsRange())
            {
                all = all.With(first);
                continue;
            }
            _at++;
            CodePoints last = Item();
            if (!IsOne(first) || !IsOne(last) || last.Ranges[0].First < first.Ranges[0].First)
                throw new FormatException("has a range of characters that is none");
            all = all.With(CodePoints.Of((first.Ranges[0].First, last.Ranges[0].First)));
        }
        return isNegated ? all.Others() : all.Others().Others(); // a range may go across surrogates

        bool IsRange() => _at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']';
        static bool IsOne(CodePoints set) => set.Ranges is [var only] && only.First == only.Last;
    }

    private CodePoints Item()
    {
        if (IsAtEnd)
            throw new FormatException("has a [ that is not closed");
        if (Takes('\\'))
            return Escaped(isInClass: true);
        int c = _text[_at++];
        return CodePoints.Of((c, c));
    }

    private CodePoints Escaped(bool isInClass)
    {
        if (IsAtEnd)
            throw new FormatException("ends with a \\");
        int c = _text[_at++];
        int? one = c switch
        {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\f',
            'v' => '\v',
            '0' => 0,
            'b' when isInClass => '\b',
            'x' => Hex(2),
            'u' => Takes('{') ? HexUpTo('}') : Hex(4),
            _ => null,
        };
        if (one is { } given)
            return given is < 0xD800 or (> 0xDFFF and <= 0x10FFFF)
                ? CodePoints.Of((given, given))
                : throw new FormatException("names a character that is none");
        return c switch
        {
            'd' => CodePoints.Digits,
            'D' => CodePoints.Digits.Others(),
            'w' => CodePoints.WordCharacters,
            'W' => CodePoints.WordCharacters.Others(),
            's' => CodePoints.Spaces,
            'S' => CodePoints.Spaces.Others(),
            'b' or 'B' => throw new FormatException($"has \\{(char)c}, which cannot be held"),
            'p' or 'P' => throw new FormatException($"has \\{(char)c}, a property of characters, which cannot be held"),
            >= '1' and <= '9' or 'k' => throw new FormatException("refers back to a group, which cannot be held"),
            < 128 when char.IsAsciiLetterOrDigit((char)c) => throw new FormatException($"has \\{(char)c}, which means nothing"),
            _ => CodePoints.Of((c, c)),
        };
    }

    private int Hex(int digits) =>
        _at + digits <= _text.Length ? Number(digits) : throw new FormatException("has a number of a character that is cut");

    private int HexUpTo(char end)
    {
        int length = 0;
        while (_at + length < _text.Length && _text[_at + length] != end)
            length++;
        if (_at + length == _text.Length || length is 0 or > 6)
            throw new FormatException("has a number of a character that is none");
        int value = Number(length);
        _at++;
        return value;
    }

    private int Number(int digits)
    {
        string text = string.Concat(_text[_at..(_at + digits)].Select(c => c < 128 ? (char)c : '?'));
        _at += digits;
        return int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw new FormatException("has a number of a character that is none");
    }
}
