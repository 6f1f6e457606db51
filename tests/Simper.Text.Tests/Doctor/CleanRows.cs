using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Doctor;

/// <summary>Sound rows, different each, in which nothing is to be found.</summary>
internal static class CleanRows
{
    private static readonly string[] Syllables =
    [
        "ra",
        "mo",
        "ti",
        "lun",
        "ves",
        "kor",
        "ban",
        "del",
        "fis",
        "gon",
        "hul",
        "jam",
    ];

    public static string Word(DeterministicRandom random) =>
        string.Concat(Enumerable.Range(0, 2 + random.NextBelow(3)).Select(_ => Syllables[random.NextBelow(Syllables.Length)]));

    /// <summary>Pairs of texts. One word has an accent, so that the file has composed letters.</summary>
    public static JsonObject Pair(DeterministicRandom random, int number) =>
        new()
        {
            ["prompt"] = $"Tell me, what is a {Word(random)} caf\u00e9 near the {Words(random, 6)}, number {number}?",
            ["chosen"] = $"It is {Words(random, 3 + random.NextBelow(12))}.",
            ["rejected"] = $"That is {Words(random, 3 + random.NextBelow(12))}.",
        };

    /// <summary>The same as messages.</summary>
    public static JsonObject Conversation(DeterministicRandom random, int number)
    {
        JsonObject pair = Pair(random, number);
        return new JsonObject
        {
            ["prompt"] = new JsonArray(Message("user", pair["prompt"])),
            ["chosen"] = new JsonArray(Message("assistant", pair["chosen"])),
            ["rejected"] = new JsonArray(Message("assistant", pair["rejected"])),
        };
    }

    private static JsonObject Message(string role, JsonNode? text) => new() { ["role"] = role, ["content"] = (string)text! };

    private static string Words(DeterministicRandom random, int count) =>
        string.Join(' ', Enumerable.Range(0, count).Select(_ => Word(random)));
}
