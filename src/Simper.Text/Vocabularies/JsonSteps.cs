using System.Text.Json.Nodes;

namespace Simper.Text.Vocabularies;

/// <summary>Steps of a tokenizer.json.</summary>
internal static class JsonSteps
{
    /// <summary>The mark of a space in SentencePiece's vocabularies.</summary>
    public const string Mark = "\u2581";

    public static JsonObject Normalizers(params IEnumerable<JsonObject> steps) => Sequence("normalizers", steps);

    public static JsonObject PreTokenizers(params IEnumerable<JsonObject> steps) => Sequence("pretokenizers", steps);

    public static JsonObject Decoders(params IEnumerable<JsonObject> steps) => Sequence("decoders", steps);

    public static JsonObject Plain(string type) => new() { ["type"] = type };

    public static JsonObject Replace(string text, string content) => Replace("String", text, content);

    public static JsonObject ReplaceMatches(string pattern, string content) => Replace("Regex", pattern, content);

    public static JsonObject Prepend(string text) => new() { ["type"] = "Prepend", ["prepend"] = text };

    public static JsonObject Precompiled(byte[] map) =>
        new() { ["type"] = "Precompiled", ["precompiled_charsmap"] = Convert.ToBase64String(map) };

    /// <param name="prepend">always, first or never.</param>
    /// <param name="split">Whether pieces begin at marks.</param>
    public static JsonObject Metaspace(string prepend, bool split = false) =>
        new()
        {
            ["type"] = "Metaspace",
            ["replacement"] = Mark,
            ["prepend_scheme"] = prepend,
            ["split"] = split,
        };

    public static JsonObject Split(string pattern) =>
        new()
        {
            ["type"] = "Split",
            ["pattern"] = new JsonObject { ["Regex"] = pattern },
            ["behavior"] = "Isolated",
            ["invert"] = false,
        };

    /// <summary>Trims white space at the end.</summary>
    public static JsonObject StripRight() =>
        new()
        {
            ["type"] = "Strip",
            ["strip_left"] = false,
            ["strip_right"] = true,
        };

    public static JsonObject ByteLevel(bool splits, bool addsSpace = false) =>
        new()
        {
            ["type"] = "ByteLevel",
            ["add_prefix_space"] = addsSpace,
            ["trim_offsets"] = true,
            ["use_regex"] = splits,
        };

    /// <summary>Drops a space at the start.</summary>
    public static JsonObject Strip() =>
        new()
        {
            ["type"] = "Strip",
            ["content"] = " ",
            ["start"] = 1,
            ["stop"] = 0,
        };

    /// <summary>The post-processor that puts tokens around a text; null for none.</summary>
    public static JsonObject? Template(IReadOnlyList<(string Token, int Id)> before, IReadOnlyList<(string Token, int Id)> after)
    {
        if (before.Count + after.Count == 0)
            return null;
        var special = new JsonObject();
        foreach ((string token, int id) in before.Concat(after))
            special[token] = new JsonObject
            {
                ["id"] = token,
                ["ids"] = new JsonArray(id),
                ["tokens"] = new JsonArray(token),
            };
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. Around("A", 0)]),
            ["pair"] = new JsonArray([.. Around("A", 0), .. Around("B", 1)]),
            ["special_tokens"] = special,
        };

        IEnumerable<JsonNode> Around(string text, int type) =>
            [
                .. before.Select(t => Item("SpecialToken", t.Token, type)),
                Item("Sequence", text, type),
                .. after.Select(t => Item("SpecialToken", t.Token, type)),
            ];
    }

    private static JsonObject Item(string kind, string id, int type) =>
        new()
        {
            [kind] = new JsonObject { ["id"] = id, ["type_id"] = type },
        };

    private static JsonObject Replace(string kind, string pattern, string content) =>
        new()
        {
            ["type"] = "Replace",
            ["pattern"] = new JsonObject { [kind] = pattern },
            ["content"] = content,
        };

    private static JsonObject Sequence(string name, IEnumerable<JsonObject> steps) =>
        new() { ["type"] = "Sequence", [name] = new JsonArray([.. steps]) };
}
