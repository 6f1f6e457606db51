using System.Reflection;
using Simper.Testing;
using Simper.Text.Doctor;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Doctor;

/// <summary>What the doctor says of rows as a whole: counts, grades, places.</summary>
public class DataDoctorTests
{
    [Fact]
    public void Sound_rows_have_no_finding_of_weight()
    {
        DoctorReport report = Examined.Rows(
            Examined.Pair("What is two and two?", "It is four.", "It is five."),
            Examined.Pair("What is the capital of France?", "That is Paris.", "I do not know.")
        );
        Assert.DoesNotContain(report.Findings, f => f.Grade > Grade.Note);
        Assert.Equal((2, 2), (report.Rows, report.Kept));
        Assert.Equal("strings (prompt, chosen, rejected)", report.Layout);
    }

    [Fact]
    public void A_broken_row_is_a_finding_and_the_others_are_examined()
    {
        DoctorReport report = Examined.Rows(
            Examined.Pair("What is two and two?", "It is four.", "It is five."),
            """{"prompt": "What""",
            """{"prompt": "What?", "chosen": null, "rejected": "It is five."}""",
            Examined.Pair("What is two and three?", "", "It is five.")
        );
        Assert.Equal([2], report.Of("not-json"));
        Assert.Equal([3], report.Of("unreadable-row"));
        Assert.Equal([4], report.Of("empty-answer"));
        Assert.Equal((4, 1), (report.Rows, report.Kept));
    }

    [Fact]
    public void Texts_that_are_joined_within_a_word_are_found_where_nothing_separates_them()
    {
        string[] rows =
        [
            Examined.Pair("Tell me of", "rain.", " snow."),
            Examined.Pair("Tell me of", " rain again.", " snow again."),
            Examined.Pair("Tell me of rain.", "It rains.", "It snows."),
        ];
        GroupTokenizer asText = Examined.Tokenizing(new TokenizationOptions { Format = DatasetFormat.Text });
        Assert.Equal([1], Examined.Rows(rows, asText).Of("joined-word"));
        Assert.Empty(Examined.Rows(rows).Of("joined-word"));
    }

    [Fact]
    public void A_text_split_by_trl_within_a_word_is_found()
    {
        string[] rows =
        [
            .. ((string[])["rain", "snow"]).Select(w =>
                $$"""{"chosen": "The weather: {{w}}bow", "rejected": "The weather: {{w}}fall"}"""
            ),
        ];
        GroupTokenizer trl = Examined.Tokenizing(new TokenizationOptions { Compatibility = Compatibility.Trl });
        Assert.Equal([1, 2], Examined.Rows(rows, trl).Of("joined-word"));
    }

    [Fact]
    public void The_report_does_not_depend_on_the_number_of_cores()
    {
        DeterministicRandom random = DeterministicRandom.For(3, "cores");
        string[] rows =
        [
            .. Enumerable
                .Range(1, 1200)
                .Select(i =>
                    i % 7 == 0
                        ? Plants.OfTexts[i % Plants.OfTexts.Count].Break(CleanRows.Pair(random, i), random)
                        : CleanRows.Pair(random, i).ToJsonString()
                ),
        ];
        string first = DoctorJson.Of(Examined.Rows(rows, null, new DoctorOptions { Examples = 2 })).ToJsonString();
        ThreadPool.GetMinThreads(out int least, out int io);
        ThreadPool.SetMinThreads(16, io);
        try
        {
            string second = DoctorJson.Of(Examined.Rows(rows, null, new DoctorOptions { Examples = 2 })).ToJsonString();
            Assert.Equal(WithoutPaths(first), WithoutPaths(second));
        }
        finally
        {
            ThreadPool.SetMinThreads(least, io);
        }
    }

    // The file lies in another folder each time.
    private static string WithoutPaths(string json) => System.Text.RegularExpressions.Regex.Replace(json, "simper-test-\\w+", "");

    [Fact]
    public void Every_check_is_listed_once()
    {
        string[] declared =
        [
            .. typeof(Check)
                .Assembly.GetTypes()
                .Where(t => t.Namespace?.StartsWith("Simper.Text.Doctor", StringComparison.Ordinal) == true)
                .SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.Static))
                .Where(f => f.FieldType == typeof(Check))
                .Select(f => ((Check)f.GetValue(null)!).Id)
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(declared, CheckList.All.Select(c => c.Id).Order(StringComparer.Ordinal));
        Assert.Equal(declared.Length, declared.Distinct().Count());
        string page = File.ReadAllText(Path.Combine(SharedFiles.Repository, "docs", "doctor.md"));
        Assert.All(declared, id => Assert.Contains($"`{id}`", page, StringComparison.Ordinal));
    }
}
