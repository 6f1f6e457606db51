using System.Reflection;
using Simper.Text.Doctor;

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
    }
}
