using System.Text;
using System.Text.Json.Nodes;

namespace Simper.Testing;

/// <summary>
/// Makes bad files of good ones: one to three places of a JSON document take another value, go, or come twice, and the rest stays
/// valid; or bytes of the text change. The same seed makes the same files.
/// </summary>
internal sealed class Mutator(int seed)
{
    private static readonly Func<JsonNode?>[] Odd =
    [
        () => null,
        () => 0,
        () => 1,
        () => -1,
        () => 2,
        () => 1.5,
        () => 1e300,
        () => -1e-300,
        () => int.MaxValue,
        () => long.MaxValue,
        () => ulong.MaxValue,
        () => JsonNode.Parse("1e999"),
        () => JsonNode.Parse("123456789012345678901234567890"),
        () => true,
        () => false,
        () => "",
        () => " ",
        () => "x",
        () => "-1",
        () => "\0",
        () => "\ufffe",
        () => "../x",
        () => "(",
        () => "[a-",
        () => "(a+)+$",
        () => new string('a', 3000),
        () => new JsonArray(),
        () => new JsonArray(1, "a"),
        () => new JsonArray(new JsonArray()),
        () => new JsonObject(),
        () => new JsonObject { ["type"] = "Sequence" },
        () => new JsonObject { ["String"] = "a" },
        () => Deep(70),
    ];

    private static readonly string[] Pieces =
    [
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "\\u0000",
        "\\ud800",
        "\n",
        "\t",
        "-",
        "e9",
        "0",
        "null",
        "{%",
        "%}",
        "{{",
        "}}",
        "&a ",
        "*a",
        "!!",
        "'",
        "#",
        "\u00e9",
        "\U0001f600",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A mutated document; in one case of five its text is changed as well.</summary>
    public byte[] Json(JsonNode good)
    {
        JsonNode node = good.DeepClone();
        for (int i = _random.Next(1, 4); i > 0; i--)
            Change(node);
        byte[] text = Encoding.UTF8.GetBytes(node.ToJsonString());
        return _random.Next(5) == 0 ? Text(text) : text;
    }

    /// <summary>A text with one to four changes: bytes flipped, parts cut, doubled, exchanged or put in.</summary>
    public byte[] Text(byte[] good)
    {
        var text = new List<byte>(good);
        for (int i = _random.Next(1, 5); i > 0 && text.Count > 0; i--)
        {
            int at = _random.Next(text.Count);
            int length = Math.Min(text.Count - at, _random.Next(1, 20));
            switch (_random.Next(7))
            {
                case 0:
                    text[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1:
                    text.RemoveRange(at, length);
                    break;
                case 2:
                    text.InsertRange(at, text.GetRange(at, length));
                    break;
                case 3:
                    text.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[_random.Next(Pieces.Length)]));
                    break;
                case 4:
                    text[at] = (byte)_random.Next(256);
                    break;
                case 5 when _random.Next(4) == 0:
                    text.RemoveRange(at, text.Count - at);
                    break;
                default:
                    List<byte> part = text.GetRange(at, length);
                    text.RemoveRange(at, length);
                    text.InsertRange(_random.Next(text.Count + 1), part);
                    break;
            }
        }
        return [.. text];
    }

    private void Change(JsonNode root)
    {
        var places = new List<JsonNode>();
        Collect(root, places);
        if (places.Count == 0)
            return;
        JsonNode parent = places[_random.Next(places.Count)];
        if (parent is JsonArray list)
        {
            int at = _random.Next(list.Count);
            switch (_random.Next(4))
            {
                case 0:
                    list.RemoveAt(at);
                    break;
                case 1:
                    list.Insert(at, list[at]?.DeepClone());
                    break;
                default:
                    list[at] = Other(root, list[at]);
                    break;
            }
            return;
        }
        var map = (JsonObject)parent;
        string key = map.ElementAt(_random.Next(map.Count)).Key;
        switch (_random.Next(5))
        {
            case 0:
                map.Remove(key);
                break;
            case 1:
                JsonNode? value = map[key]?.DeepClone();
                map.Remove(key);
                map[key + (char)('a' + _random.Next(26))] = value;
                break;
            default:
                map[key] = Other(root, map[key]);
                break;
        }
    }

    // An odd value, what stands elsewhere in the document, or the same in other brackets.
    private JsonNode? Other(JsonNode root, JsonNode? now)
    {
        switch (_random.Next(6))
        {
            case 0:
                var places = new List<JsonNode>();
                Collect(root, places);
                JsonNode from = places[_random.Next(places.Count)];
                return from is JsonArray list
                    ? list[_random.Next(list.Count)]?.DeepClone()
                    : ((JsonObject)from).ElementAt(_random.Next(((JsonObject)from).Count)).Value?.DeepClone();
            case 1:
                return new JsonArray(now?.DeepClone());
            default:
                return Odd[_random.Next(Odd.Length)]();
        }
    }

    private static void Collect(JsonNode node, List<JsonNode> found)
    {
        IEnumerable<JsonNode?> inner = node switch
        {
            JsonArray list => list,
            JsonObject map => map.Select(m => m.Value),
            _ => [],
        };
        if (node is JsonArray { Count: > 0 } or JsonObject { Count: > 0 })
            found.Add(node);
        foreach (JsonNode? one in inner)
        {
            if (one is not null)
                Collect(one, found);
        }
    }

    private static JsonNode Deep(int levels)
    {
        JsonNode node = new JsonObject();
        for (int i = 0; i < levels; i++)
            node = new JsonArray(node);
        return node;
    }
}
