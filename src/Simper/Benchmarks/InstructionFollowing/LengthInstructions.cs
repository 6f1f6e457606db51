using System.Text;
using System.Text.RegularExpressions;

namespace Simper.Benchmarks.InstructionFollowing;

/// <summary>Instructions on the number of words, sentences and paragraphs.</summary>
internal static partial class LengthInstructions
{
    public static bool Words(InstructionArguments arguments, string answer) =>
        arguments.Holds("relation", CountWords(answer), arguments.Count("num_words"));

    public static bool Sentences(InstructionArguments arguments, string answer) =>
        arguments.Holds("relation", SentenceSplitter.Count(answer), arguments.Count("num_sentences"));

    /// <summary>Paragraphs stand between markdown dividers; an empty one is allowed at either end only.</summary>
    public static bool Paragraphs(InstructionArguments arguments, string answer)
    {
        string[] paragraphs = Divider().Split(answer);
        int count = paragraphs.Length;
        for (int i = 0; i < paragraphs.Length; i++)
        {
            if (PythonCharacters.Strip(paragraphs[i]).Length > 0)
                continue;
            if (i != 0 && i != paragraphs.Length - 1)
                return false;
            count--;
        }
        return count == arguments.Count("num_paragraphs");
    }

    /// <summary>Paragraphs stand between empty lines; the n-th of them, empty ones counted, begins with a word.</summary>
    public static bool FirstWord(InstructionArguments arguments, string answer)
    {
        string[] paragraphs = answer.Split("\n\n");
        int count = paragraphs.Count(p => PythonCharacters.Strip(p).Length > 0);
        int wanted = arguments.Count("nth_paragraph");
        if (wanted > count || PythonCharacters.Split(paragraphs[wanted - 1]) is not [var first, ..])
            return false;
        string word = first.TrimStart('\'').TrimStart('"');
        int end = word.AsSpan().IndexOfAny(".,?!'\"");
        word = (end < 0 ? word : word[..end]).ToLowerInvariant();
        return count == arguments.Count("num_paragraphs") && word == arguments.Text("first_word").ToLowerInvariant();
    }

    internal static int CountWords(string text)
    {
        int count = 0;
        bool isInside = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isWord = PythonCharacters.IsWord(rune);
            count += isWord && !isInside ? 1 : 0;
            isInside = isWord;
        }
        return count;
    }

    [GeneratedRegex(@"[\s\x1c-\x1f]?\*\*\*[\s\x1c-\x1f]?")]
    private static partial Regex Divider();
}
