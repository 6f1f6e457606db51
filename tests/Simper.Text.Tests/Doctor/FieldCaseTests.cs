using Simper.Testing;
using Simper.Text.Doctor;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Doctor;

/// <summary>Small cases from the field: what users were not told, the doctor tells.</summary>
public class FieldCaseTests
{
    public static TheoryData<string, string, string> Cases =>
        new()
        {
            { "tool-call-dropped-by-template", "chatml", "answer-unwritten" },
            { "tool-call-dropped-by-template", "chatml", "tools-unwritten" },
            { "empty-think-block", "think-none", "empty-thoughts-written" },
            { "template-drops-reasoning", "r1", "template-not-prefix-preserving" },
            { "null-padded-tools", "vl", "null-padding" },
            { "labels", "chatml", "one-class" },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_has_its_finding(string folder, string template, string check)
    {
        string source = File.ReadAllText(SharedFiles.Path("cases", "templates", template + ".jinja"));
        var doctor = new DataDoctor(SmolLm2.Tokenizing(new TokenizationOptions { MaxLength = 4096 }, source));
        DoctorReport[] reports =
        [
            .. Directory
                .GetFiles(SharedFiles.Path("cases", folder))
                .Where(f => Path.GetExtension(f) is ".jsonl" or ".json")
                .Select(f => Examined(doctor, f))
                .OfType<DoctorReport>(),
        ];
        Assert.Contains(reports, r => r.Findings.Any(f => f.Check.Id == check));
    }

    // Some files of these folders are refused as a whole, which is right.
    private static DoctorReport? Examined(DataDoctor doctor, string file)
    {
        try
        {
            return doctor.Examine(file, null, TestContext.Current.CancellationToken);
        }
        catch (SimperException)
        {
            return null;
        }
    }
}
