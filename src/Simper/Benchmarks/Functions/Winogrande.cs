using System.Text.Json.Nodes;

namespace Simper.Benchmarks.Functions;

/// <summary>WinoGrande: two beginnings of a sentence, one ending; the right beginning makes it likelier.</summary>
internal static class Winogrande
{
    /// <summary>The place of the right beginning.</summary>
    public static int Right(JsonObject row) => row["answer"]!.ToString() == "1" ? 0 : 1;

    /// <summary>What follows the blank.</summary>
    public static string Ending(JsonObject row)
    {
        string sentence = row["sentence"]!.ToString();
        return PythonCharacters.Strip(sentence[(Blank(sentence) + 1)..]);
    }

    /// <summary>The sentence up to the blank, with each option in it.</summary>
    public static JsonArray Beginnings(JsonObject row)
    {
        string sentence = row["sentence"]!.ToString();
        string before = sentence[..Blank(sentence)];
        return new JsonArray(before + row["option1"], before + row["option2"]);
    }

    private static int Blank(string sentence) =>
        sentence.IndexOf('_', StringComparison.Ordinal) is >= 0 and var at
            ? at
            : throw new SimperException($"WinoGrande: \"{sentence}\" has no _ for the options.");
}
