using System.IO.Compression;
using System.Text.Json.Nodes;
using Simper.Benchmarks.InstructionFollowing;
using Simper.Testing;

namespace Simper.Tests.Benchmarks.InstructionFollowing;

public class InstructionCheckerTests
{
    // The original asks a detector of languages, a learnt splitter of sentences and a tokenizer of words for these.
    private static readonly string[] Approximate =
    [
        "language:response_language",
        "change_case:english_capital",
        "change_case:english_lowercase",
        "length_constraints:number_sentences",
    ];

    public static TheoryData<string> Recorded =>
        SharedFiles.Rows(() =>
            SharedFiles
                .Folders("golden", "lm_eval")
                .Where(f =>
                    File.Exists(TaskFile(f))
                    && File.ReadAllText(TaskFile(f)).Contains("inst_level_strict_acc", StringComparison.Ordinal)
                )
        );

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Verdicts_of_the_harness_come_out(string task)
    {
        JsonNode described = JsonNode.Parse(File.ReadAllText(TaskFile(task)))!;
        string[] rows = File.ReadAllLines(SharedFiles.Path("golden", "lm_eval", (string)described["data"]!));
        foreach (string line in File.ReadLines(SharedFiles.Path("golden", "lm_eval", task, "samples.jsonl")))
        {
            JsonNode sample = JsonNode.Parse(line)!;
            JsonNode row = JsonNode.Parse(rows[(int)sample["doc_id"]!])!;
            InstructionVerdicts found = Judge(row, (string)sample["filtered"]!["none"]![0]!);
            JsonNode metrics = sample["metrics"]!["none"]!;
            Assert.Equal(Flags(metrics["inst_level_strict_acc"]!), found.Strict);
            Assert.Equal(Flags(metrics["inst_level_loose_acc"]!), found.Loose);
            Assert.Equal((bool)metrics["prompt_level_strict_acc"]!, found.AllStrict);
            Assert.Equal((bool)metrics["prompt_level_loose_acc"]!, found.AllLoose);
        }
    }

    [Theory]
    [InlineData("eval_results_strict.jsonl.gz", true)]
    [InlineData("eval_results_loose.jsonl.gz", false)]
    public void Published_verdicts_on_stored_answers_come_out(string file, bool isStrict)
    {
        Dictionary<string, JsonNode> rows = Lines("input_data.jsonl.gz").ToDictionary(r => (string)r["prompt"]!);
        var approximate = new List<string>();
        var exact = new List<string>();
        foreach (JsonNode line in Lines(file))
        {
            JsonNode row = rows[(string)line["prompt"]!];
            InstructionVerdicts found = Judge(row, (string)line["response"]!);
            bool[] expected = Flags(line["follow_instruction_list"]!);
            for (int i = 0; i < expected.Length; i++)
            {
                if ((isStrict ? found.Strict : found.Loose)[i] == expected[i])
                    continue;
                string kind = (string)line["instruction_id_list"]![i]!;
                string arguments = row["kwargs"]![i]!.ToJsonString();
                (Approximate.Contains(kind) || IsDrawn(row["kwargs"]![i]!) ? approximate : exact).Add(
                    $"{kind} {arguments} {line["response"]!.ToJsonString()}"
                );
            }
        }
        Assert.True(exact.Count == 0, string.Join('\n', exact));
        Assert.True(approximate.Count <= 5, string.Join('\n', approximate));
    }

    [Theory]
    [InlineData("keywords:existence", """{"keywords": ["C++"]}""", "I like c++.", true)]
    [InlineData("keywords:frequency", """{"keyword": "war", "relation": "less than", "frequency": 2}""", "war, warm", false)]
    [InlineData("keywords:forbidden_words", """{"forbidden_words": ["rock"]}""", "rocks are hard", true)]
    [InlineData("keywords:forbidden_words", """{"forbidden_words": ["rock"]}""", "Rock!", false)]
    [InlineData("keywords:letter_frequency", """{"letter": "É", "let_relation": "at least", "let_frequency": 2}""", "éÉ", true)]
    [InlineData("length_constraints:number_words", """{"num_words": 3, "relation": "at least"}""", "well-known f_x", true)]
    [InlineData("length_constraints:number_paragraphs", """{"num_paragraphs": 2}""", "***\na\n***\nb\n***", true)]
    [InlineData("length_constraints:number_paragraphs", """{"num_paragraphs": 2}""", "a\n***\n\n***\nb", false)]
    [InlineData(
        "length_constraints:nth_paragraph_first_word",
        """{"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Week"}""",
        "a\n\n'\"week's end",
        true
    )]
    [InlineData("detectable_content:number_placeholders", """{"num_placeholders": 2}""", "[a] [b\n] [c]", true)]
    [InlineData("detectable_content:postscript", """{"postscript_marker": "P.P.S"}""", "x\np. p. s now", true)]
    [InlineData("detectable_content:postscript", """{"postscript_marker": "P.S."}""", "p.s now", false)]
    [InlineData("detectable_format:number_bullet_lists", """{"num_bullets": 2}""", "* a\n** b\n  - c", true)]
    [InlineData("detectable_format:number_highlighted_sections", """{"num_highlights": 2}""", "*a* and ** **", false)]
    [InlineData(
        "detectable_format:multiple_sections",
        """{"section_spliter": "SECTION", "num_sections": 2}""",
        "SECTION 1 SECTION2",
        true
    )]
    [InlineData("detectable_format:json_format", "{}", "```json\n{\"a\": NaN}\n```", true)]
    [InlineData("detectable_format:json_format", "{}", "{\"a\": 1,}", false)]
    [InlineData("detectable_format:title", "{}", "<<  >>", false)]
    [InlineData("combination:two_responses", "{}", "a******b******", true)]
    [InlineData("combination:two_responses", "{}", "a****** a", false)]
    [InlineData("startend:end_checker", """{"end_phrase": "Any other questions?"}""", "Hm. \"any other questions?\" ", true)]
    [InlineData("startend:quotation", "{}", "\"", false)]
    [InlineData(
        "change_case:capital_word_frequency",
        """{"capital_frequency": 3, "capital_relation": "at least"}""",
        "I SAY: A-B",
        true
    )]
    [InlineData("change_case:english_lowercase", "{}", "the cat sat on the mat 3 times", true)]
    [InlineData("change_case:english_capital", "{}", "THE CAT SAT ON the MAT", false)]
    [InlineData(
        "length_constraints:number_sentences",
        """{"num_sentences": 3, "relation": "at least"}""",
        "Dr. No came. \"Why?\" he said. \"So.\"",
        true
    )]
    [InlineData(
        "length_constraints:number_sentences",
        """{"num_sentences": 2, "relation": "less than"}""",
        "It is 3.5 cm, e.g. long...",
        true
    )]
    [InlineData("language:response_language", """{"language": "bn"}""", "আমি ভাত খাই", true)]
    [InlineData("language:response_language", """{"language": "uk"}""", "Що це за книга? Я її читаю.", true)]
    [InlineData("language:response_language", """{"language": "mr"}""", "हे पुस्तक माझे आहे आणि ते नवीन आहे", true)]
    [InlineData("language:response_language", """{"language": "hi"}""", "This is English.", false)]
    public void Each_kind_looks_where_the_original_looks(string kind, string arguments, string answer, bool expected)
    {
        InstructionVerdicts found = InstructionChecker.Judge([kind], [JsonNode.Parse(arguments)!.AsObject()], answer);
        Assert.Equal(expected, found.Strict[0]);
    }

    [Fact]
    public void Loose_leaves_out_a_first_line_and_asterisks()
    {
        InstructionVerdicts found = InstructionChecker.Judge(["startend:quotation"], [null], "Sure:\n**\"yes\"**");
        Assert.Equal((false, true), (found.Strict[0], found.Loose[0]));
    }

    [Fact]
    public void An_empty_answer_follows_nothing() =>
        Assert.False(InstructionChecker.Judge(["punctuation:no_comma"], [null], " \n").AllLoose);

    [Fact]
    public void There_are_twenty_five_kinds() => Assert.Equal(25, InstructionChecker.Kinds.Count);

    [Fact]
    public void What_a_row_lacks_is_named()
    {
        var missing = Assert.Throws<SimperException>(() =>
            InstructionChecker.Judge(["length_constraints:number_words"], [null], "a")
        );
        Assert.Contains("num_words", missing.Message, StringComparison.Ordinal);
        var unknown = Assert.Throws<SimperException>(() => InstructionChecker.Judge(["a:b"], [null], "a"));
        Assert.Contains("a:b", unknown.Message, StringComparison.Ordinal);
    }

    // Where the letter is a sign, the original draws another one at random.
    private static bool IsDrawn(JsonNode arguments) =>
        (string?)arguments["letter"] is { } letter && !char.IsAsciiLetter(letter[0]);

    private static InstructionVerdicts Judge(JsonNode row, string answer) =>
        InstructionChecker.Judge(
            [.. row["instruction_id_list"]!.AsArray().Select(k => (string)k!)],
            [.. row["kwargs"]!.AsArray().Select(k => k as JsonObject)],
            answer
        );

    private static string TaskFile(string task) => SharedFiles.Path("golden", "lm_eval", task, "task.json");

    private static bool[] Flags(JsonNode list) => [.. list.AsArray().Select(v => (bool)v!)];

    private static IEnumerable<JsonNode> Lines(string name)
    {
        using var stream = new GZipStream(File.OpenRead(SharedFiles.Path("data", "ifeval", name)), CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            yield return JsonNode.Parse(line)!;
    }
}
