using Simper.Serving.Patterns;

namespace Simper.Serving;

/// <summary>
/// A JSON string after its first quotation mark, whose text is bounded. Its bytes are those of whole characters; escapes are
/// taken for the characters that they name. Of one grammar, which is not thread safe.
/// </summary>
internal sealed class TextRule(BoundedTexts texts) : Rule
{
    private static readonly (char Letter, int Character)[] Escapes =
    [
        ('"', '"'),
        ('\\', '\\'),
        ('/', '/'),
        ('b', '\b'),
        ('f', '\f'),
        ('n', '\n'),
        ('r', '\r'),
        ('t', '\t'),
    ];

    private readonly List<Place> _places = [default];
    private readonly Dictionary<Place, int> _indices = new() { [default] = 0 };

    public override bool IsTerminal => true;

    /// <inheritdoc/>
    public override bool TakesText(int index, int characters) =>
        _places[index] is { Kind: Kind.Between } place && texts.TakesAny(place.Text, characters);

    public override int Read(int index, byte b)
    {
        Place place = _places[index];
        return place.Kind switch
        {
            Kind.Between => Begun(place, b),
            Kind.Escape => Escaped(place, b),
            _ => Continued(place, b),
        };
    }

    private int Begun(Place place, byte b) =>
        b switch
        {
            (byte)'"' => texts.Accepts(place.Text) ? Done : Dead,
            (byte)'\\' => Index(place with { Kind = Kind.Escape }, texts.CanFollow(place.Text, 0, 0xFFFF)),
            < 0x20 => Dead,
            < 0x80 => After(place, b),
            < 0xC2 => Dead,
            < 0xE0 => Partial(place, Kind.Utf8, b & 0x1F, 1, 0x80),
            < 0xF0 => Partial(place, Kind.Utf8, b & 0x0F, 2, 0x800),
            < 0xF5 => Partial(place, Kind.Utf8, b & 0x07, 3, 0x10000),
            _ => Dead,
        };

    private int Escaped(Place place, byte b)
    {
        if (b == 'u')
            return Partial(place, Kind.Hex, 0, 4, 0);
        foreach ((char letter, int character) in Escapes)
        {
            if (b == letter)
                return After(place, character);
        }
        return Dead;
    }

    private int Continued(Place place, byte b)
    {
        bool isHex = place.Kind == Kind.Hex;
        if (isHex ? !char.IsAsciiHexDigit((char)b) : (b & 0xC0) != 0x80)
            return Dead;
        int value = isHex ? place.Value * 16 + Convert.ToInt32(((char)b).ToString(), 16) : place.Value * 64 + (b & 0x3F);
        return place.Left > 1 ? Partial(place, place.Kind, value, place.Left - 1, place.Least)
            : value >= place.Least ? After(place, value)
            : Dead;
    }

    // Some characters that begin so have to be among those that may follow.
    private int Partial(Place place, Kind kind, int value, int left, int least)
    {
        int bits = left * (kind == Kind.Hex ? 4 : 6);
        int from = Math.Max(value << bits, least);
        int to = ((value + 1) << bits) - 1;
        return Index(new Place(place.Text, kind, value, left, least), from <= to && texts.CanFollow(place.Text, from, to));
    }

    private int After(Place place, int character) =>
        texts.After(place.Text, character) is var text and >= 0 ? Index(new Place(text, Kind.Between, 0, 0, 0), true) : Dead;

    private int Index(Place place, bool holds)
    {
        if (!holds)
            return Dead;
        if (_indices.TryGetValue(place, out int known))
            return known;
        _places.Add(place);
        return _indices[place] = _places.Count - 1;
    }

    private enum Kind
    {
        Between, // characters
        Escape, // after \
        Hex, // in the digits of \u
        Utf8, // in the bytes of a character
    }

    private readonly record struct Place(int Text, Kind Kind, int Value, int Left, int Least);
}
