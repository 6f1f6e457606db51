using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Templates;

/// <summary>100,000 random values as Python writes them; the texts come from <c>tests/golden/python_values/make.py</c>.</summary>
public class PythonValuesTests
{
    private static readonly JsonNode Golden = JsonNode.Parse(
        File.ReadAllText(Path.Combine(SharedFiles.Repository, "tests", "golden", "python_values", "values.json"))
    )!;

    [Fact]
    public void Values_are_written_as_repr_and_json_dumps_write_them()
    {
        var random = new PythonValues(20250711);
        // null where it holds half a pair, which no JSON text may
        string?[] first = [.. Golden["first"]!.AsArray().Select(n => (string?)n)];
        int told = 0;
        for (int block = 0; block < 100; block++)
        {
            var texts = new StringBuilder();
            for (int i = 0; i < 1000; i++)
            {
                string text = Written(random.Value(depth: 2));
                texts.Append(text);
                if (i < (block == 0 ? 20 : 1))
                    Assert.Equal(first[told++] ?? text, text);
            }
            string hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(texts.ToString().AsSpan())))[..24];
            Assert.True(hash == (string)Golden["hashes"]![block]!, $"A value of block {block} is written otherwise.");
        }
        Assert.Equal(first.Length, told);
    }

    [Fact]
    public void Values_that_JSON_has_come_back_from_it_as_they_were()
    {
        var random = new PythonValues(7);
        int read = 0;
        for (int i = 0; i < 20_000; i++)
        {
            object? value = random.Value(depth: 2);
            string json = Json(value, ("ensure_ascii", true));
            if (
                json.Contains("NaN", StringComparison.Ordinal)
                || json.Contains("Infinity", StringComparison.Ordinal)
                || HasHalfPair(Values.Repr(value))
            )
                continue;
            Assert.Equal(Values.Repr(value), Values.Repr(Values.FromJson(JsonNode.Parse(json))));
            read++;
        }
        Assert.True(read > 10_000);
    }

    private static bool HasHalfPair(string repr) => repr.Contains("\\ud", StringComparison.Ordinal);

    private static string Written(object? value) =>
        $"{Values.Repr(value)}\n{Json(value)}\n{Json(value, ("ensure_ascii", true))}\n"
        + $"{Json(value, ("indent", 2L), ("sort_keys", true))}\n";

    private static string Json(object? value, params (string Name, object? Value)[] named) =>
        JsonText.Write(value, new CallArguments([], named.ToDictionary(n => n.Name, n => n.Value), 1), new Budget());

    /// <summary>The generator of make.py.</summary>
    private sealed class PythonValues(ulong seed)
    {
        private static readonly int[] Special =
        [
            0xA0,
            0xAD,
            0x378,
            0x600,
            0x61C,
            0x200B,
            0x200E,
            0x2028,
            0x2029,
            0x202F,
            0x3000,
            0xD800,
            0xDBFF,
            0xDC00,
            0xDFFF,
            0xE000,
            0xF8FF,
            0xFEFF,
            0xFFFD,
            0xFFFE,
            0xFFFF,
            0x10000,
            0x1D7CE,
            0x2FFFE,
            0xE0001,
            0xF0000,
            0x10FFFF,
        ];

        private static readonly object?[] Chosen = [null, true, false, 0L, -0.0, 0.0, 1e16, 1e15, 1e-4, 1e-5, 1e22, 1e23, 5e-324];

        private ulong _state = seed;

        public object? Value(int depth)
        {
            switch (Below(depth > 0 ? 12UL : 10))
            {
                case 0:
                    return Below(20001) - 10000;
                case 1:
                    int shift = (int)Below(64);
                    return SignedWhole(Next() >> shift);
                case 2:
                    BigInteger whole = 0;
                    for (long words = 2 + Below(7); words > 0; words--)
                        whole = (whole << 64) | Next();
                    return SignedWhole(whole);
                case 3 or 4:
                    return BitConverter.UInt64BitsToDouble(Next());
                case 5:
                    ulong digits = (ulong)Below((ulong)Math.Pow(10, 1 + Below(17)));
                    long exponent = Below(51) - 25;
                    return Signed(double.Parse($"{digits}e{exponent}", System.Globalization.CultureInfo.InvariantCulture));
                case 6:
                    double numerator = Below(1UL << 53);
                    return Signed(numerator / double.Parse($"1e{Below(20)}", System.Globalization.CultureInfo.InvariantCulture));
                case 7:
                    return Signed(BitConverter.UInt64BitsToDouble((ulong)Below(2046) << 52));
                case 8:
                    return Chosen[Below(13)];
                case 9:
                    return Text();
                case 10:
                    var list = new List<object?>();
                    for (long count = Below(5); count > 0; count--)
                        list.Add(Value(depth - 1));
                    return list;
                default:
                    var map = new TemplateMap();
                    long entries = Below(5);
                    for (int i = 0; i < entries; i++)
                    {
                        string key = $"{Below(1000)}{Text()}{i}";
                        map[key] = Value(depth - 1);
                    }
                    return map;
            }
        }

        private string Text()
        {
            var text = new StringBuilder();
            for (long count = Below(12); count > 0; count--)
            {
                int code = Below(8) switch
                {
                    0 or 1 => 0x20 + (int)Below(0x5F),
                    2 => "'\"\\/\n\r\t\b\f\x7f"[(int)Below(10)],
                    3 => (int)Below(0x20),
                    4 => 0x80 + (int)Below(0x80),
                    5 => 0x4E00 + (int)Below(0x5000),
                    6 => 0x1F600 + (int)Below(0x40),
                    _ => Special[Below((ulong)Special.Length)],
                };
                text.Append(code is >= 0xD800 and < 0xE000 ? ((char)code).ToString() : char.ConvertFromUtf32(code));
                if (code is >= 0xD800 and < 0xDC00)
                    text.Append('x');
            }
            return text.ToString();
        }

        private object SignedWhole(BigInteger value) => Numbers.Whole(Below(2) == 1 ? -value : value);

        private double Signed(double value) => Below(2) == 1 ? -value : value;

        private long Below(ulong bound) => (long)(Next() % bound);

        private ulong Next()
        {
            _state += 0x9E3779B97F4A7C15;
            ulong z = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
