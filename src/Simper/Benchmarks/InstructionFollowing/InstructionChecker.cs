using System.Text.Json.Nodes;

namespace Simper.Benchmarks.InstructionFollowing;

/// <summary>
/// The 25 kinds of instructions of IFEval (Zhou et al. 2023) whose following a program can check. Pure functions; thread safe.
/// </summary>
public static class InstructionChecker
{
    private delegate bool Check(InstructionArguments arguments, string answer);

    private static readonly Dictionary<string, Check> ByKind = new(StringComparer.Ordinal)
    {
        ["keywords:existence"] = KeywordInstructions.Existence,
        ["keywords:frequency"] = KeywordInstructions.Frequency,
        ["keywords:forbidden_words"] = KeywordInstructions.Forbidden,
        ["keywords:letter_frequency"] = KeywordInstructions.LetterFrequency,
        ["language:response_language"] = (a, t) => WrittenLanguage.IsIn(t, a.Text("language")),
        ["length_constraints:number_sentences"] = LengthInstructions.Sentences,
        ["length_constraints:number_paragraphs"] = LengthInstructions.Paragraphs,
        ["length_constraints:number_words"] = LengthInstructions.Words,
        ["length_constraints:nth_paragraph_first_word"] = LengthInstructions.FirstWord,
        ["detectable_content:number_placeholders"] = FormatInstructions.Placeholders,
        ["detectable_content:postscript"] = FormatInstructions.Postscript,
        ["detectable_format:number_bullet_lists"] = FormatInstructions.Bullets,
        ["detectable_format:constrained_response"] = (_, t) => FormatInstructions.IsConstrained(t),
        ["detectable_format:number_highlighted_sections"] = FormatInstructions.Highlights,
        ["detectable_format:multiple_sections"] = FormatInstructions.Sections,
        ["detectable_format:json_format"] = (_, t) => FormatInstructions.IsJson(t),
        ["detectable_format:title"] = (_, t) => FormatInstructions.HasTitle(t),
        ["combination:two_responses"] = (_, t) => FormatInstructions.AreTwo(t),
        ["combination:repeat_prompt"] = FormatInstructions.Repeats,
        ["startend:end_checker"] = FormatInstructions.Ends,
        ["startend:quotation"] = (_, t) => FormatInstructions.IsQuoted(t),
        ["change_case:capital_word_frequency"] = CaseInstructions.CapitalWords,
        ["change_case:english_capital"] = (_, t) => PythonCharacters.IsUpper(t) && WrittenLanguage.IsIn(t, "en"),
        ["change_case:english_lowercase"] = (_, t) => PythonCharacters.IsLower(t) && WrittenLanguage.IsIn(t, "en"),
        ["punctuation:no_comma"] = (_, t) => !t.Contains(','),
    };

    /// <summary>The kinds, as data sets name them.</summary>
    public static IReadOnlyCollection<string> Kinds => ByKind.Keys;

    /// <summary>Whether an answer follows instructions, strictly and loosely.</summary>
    /// <param name="kinds">The prompt's <c>instruction_id_list</c>.</param>
    /// <param name="arguments">Its <c>kwargs</c>, one object for each kind.</param>
    /// <param name="answer">What the model said.</param>
    /// <exception cref="SimperException">An unknown kind, or an argument is missing.</exception>
    public static InstructionVerdicts Judge(IReadOnlyList<string> kinds, IReadOnlyList<JsonObject?> arguments, string answer)
    {
        if (kinds.Count != arguments.Count)
            throw new SimperException(
                $"The row has {kinds.Count} names in \"instruction_id_list\" and {arguments.Count} objects in \"kwargs\"; "
                    + "there has to be one for each."
            );
        string[] variants = Variants(answer);
        var strict = new bool[kinds.Count];
        var loose = new bool[kinds.Count];
        for (int i = 0; i < kinds.Count; i++)
        {
            if (!ByKind.TryGetValue(kinds[i], out Check? check))
                throw new SimperException($"{kinds[i]} is no kind of instruction; known are {string.Join(", ", Kinds)}.");
            var given = new InstructionArguments(kinds[i], arguments[i]);
            bool Follows(string text) => PythonCharacters.Strip(text).Length > 0 && check(given, text);
            strict[i] = Follows(answer);
            loose[i] = strict[i] || variants.Any(Follows);
        }
        return new InstructionVerdicts(strict, loose);
    }

    private static string[] Variants(string answer)
    {
        string[] lines = answer.Split('\n');
        string Lines(int skip, int drop) =>
            PythonCharacters.Strip(string.Join('\n', lines.Skip(skip).Take(Math.Max(lines.Length - skip - drop, 0))));
        string[] plain = [answer, Lines(1, 0), Lines(0, 1), Lines(1, 1)];
        return [.. plain, .. plain.Select(t => t.Replace("*", "", StringComparison.Ordinal))];
    }
}
