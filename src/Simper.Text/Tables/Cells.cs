using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Simper.Text.Tables;

/// <summary>
/// Cells of tables as JSON values: what a row of JSON lines has in their place. Faults are of <see cref="TableFaults"/>.
/// </summary>
internal static class Cells
{
    private const int LongestRow = 64 << 20;
    private const long NanosPerSecond = 1_000_000_000;
    private const long SecondsPerDay = 86_400;

    // Seconds of year 1 and of the first second of year 10000, which is beyond what ISO texts of four digits say.
    private static readonly long FirstSecond = (long)(DateTime.MinValue - DateTime.UnixEpoch).TotalSeconds;
    private static readonly long EndSecond = (long)Math.Ceiling((DateTime.MaxValue - DateTime.UnixEpoch).TotalSeconds);

    /// <summary>How rows are written: characters as they are, checked by the reader of rows.</summary>
    public static JsonWriterOptions Json { get; } =
        new()
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            SkipValidation = true,
            MaxDepth = 1000,
        };

    /// <summary>
    /// Checks that a row does not become too long, to be called for each item of a list: a few bytes can state a billion.
    /// </summary>
    /// <exception cref="TableRefusal">It does.</exception>
    public static void ExpectRoom(Utf8JsonWriter to)
    {
        if (to.BytesCommitted + to.BytesPending > LongestRow)
            throw new TableRefusal($"has a row of more than {LongestRow >> 20} MB, which Simper does not read");
    }

    /// <summary>The name of a column.</summary>
    public static JsonEncodedText Name(string name) => JsonEncodedText.Encode(name, Json.Encoder);

    /// <summary>Checks that the names within a row or an object differ.</summary>
    /// <exception cref="TableRefusal">They do not.</exception>
    public static void ExpectDistinct(IEnumerable<JsonEncodedText> names)
    {
        if (names.GroupBy(n => n.ToString(), StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new TableRefusal($"has two columns called {twice.Key}; give them different names");
    }

    /// <summary>A text.</summary>
    public static void Text(Utf8JsonWriter to, ReadOnlySpan<byte> utf8) =>
        to.WriteStringValue(
            Utf8.IsValid(utf8) ? utf8 : throw new TableRefusal("has a text that is not valid UTF-8; write it in UTF-8")
        );

    /// <summary>Bytes, which are a text if they are UTF-8 (as older writers have texts), else base64.</summary>
    public static void Bytes(Utf8JsonWriter to, ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            to.WriteStringValue(bytes);
        else
            to.WriteBase64StringValue(bytes);
    }

    /// <summary>
    /// A number that stays one with a fraction, as Python writes it (9.0); NaN, with which tables mark empty cells, is null.
    /// Infinite ones are too large a number: refused where a number is read, harmless elsewhere.
    /// </summary>
    public static void Float<T>(Utf8JsonWriter to, T value)
        where T : IFloatingPointIeee754<T>, IUtf8SpanFormattable
    {
        if (T.IsNaN(value))
        {
            to.WriteNullValue();
            return;
        }
        Span<byte> text = stackalloc byte[40];
        int length;
        if (T.IsInfinity(value))
        {
            length = Encoding.ASCII.GetBytes(T.IsNegative(value) ? "-1e999" : "1e999", text);
        }
        else
        {
            value.TryFormat(text, out length, "R", CultureInfo.InvariantCulture);
            if (text[..length].IndexOfAny((byte)'.', (byte)'E') < 0)
            {
                ".0"u8.CopyTo(text[length..]);
                length += 2;
            }
        }
        to.WriteRawValue(text[..length], skipInputValidation: true);
    }

    /// <summary>A decimal number with all its digits.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="unscaled">The number without its point.</param>
    /// <param name="scale">How many of its digits stand behind the point.</param>
    public static void Decimal(Utf8JsonWriter to, BigInteger unscaled, int scale)
    {
        string digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture);
        if (scale > 0)
        {
            digits = digits.PadLeft(scale + 1, '0');
            digits = $"{digits[..^scale]}.{digits[^scale..]}";
        }
        else if (!unscaled.IsZero)
        {
            digits += new string('0', -scale);
        }
        to.WriteRawValue(unscaled.Sign < 0 ? "-" + digits : digits, skipInputValidation: true);
    }

    /// <summary>A day, counted from 1970, in ISO 8601.</summary>
    public static void Date(Utf8JsonWriter to, long days)
    {
        if (days < FirstSecond / SecondsPerDay || days >= EndSecond / SecondsPerDay)
            to.WriteNumberValue(days);
        else
            to.WriteStringValue(DateTime.UnixEpoch.AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
    }

    /// <summary>A time of day in ISO 8601.</summary>
    public static void Time(Utf8JsonWriter to, long count, long perSecond)
    {
        (long seconds, long nanos) = Parts(count, perSecond);
        if (seconds is < 0 or >= SecondsPerDay)
            to.WriteNumberValue(count);
        else
            to.WriteStringValue(
                DateTime.UnixEpoch.AddSeconds(seconds).ToString("HH:mm:ss", CultureInfo.InvariantCulture) + Fraction(nanos)
            );
    }

    /// <summary>A point in time in ISO 8601; one that no four digits of a year can say stays a number.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="count">Units since 1970.</param>
    /// <param name="perSecond">Units in a second.</param>
    /// <param name="isUtc">Whether it is in universal time; else it has no zone.</param>
    public static void Timestamp(Utf8JsonWriter to, long count, long perSecond, bool isUtc)
    {
        (long seconds, long nanos) = Parts(count, perSecond);
        if (seconds < FirstSecond || seconds >= EndSecond)
            to.WriteNumberValue(count);
        else
            to.WriteStringValue(
                DateTime.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)
                    + Fraction(nanos)
                    + (isUtc ? "Z" : "")
            );
    }

    /// <summary>An identifier of sixteen bytes, the most significant first.</summary>
    public static void Uuid(Utf8JsonWriter to, ReadOnlySpan<byte> bytes) => to.WriteStringValue(new Guid(bytes, bigEndian: true));

    private static (long Seconds, long Nanos) Parts(long count, long perSecond)
    {
        long seconds = Math.DivRem(count, perSecond, out long rest);
        if (rest < 0)
            (seconds, rest) = (seconds - 1, rest + perSecond);
        return (seconds, rest * (NanosPerSecond / perSecond));
    }

    // As Python writes it: nothing, thousandths, millionths or billionths.
    private static string Fraction(long nanos) =>
        nanos == 0 ? ""
        : nanos % 1_000_000 == 0 ? string.Create(CultureInfo.InvariantCulture, $".{nanos / 1_000_000:D3}")
        : nanos % 1_000 == 0 ? string.Create(CultureInfo.InvariantCulture, $".{nanos / 1_000:D6}")
        : string.Create(CultureInfo.InvariantCulture, $".{nanos:D9}");
}
