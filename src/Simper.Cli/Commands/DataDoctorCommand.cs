using System.CommandLine;
using Simper.Text.Doctor;
using Simper.Text.Preferences;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper data doctor</summary>
internal static class DataDoctorCommand
{
    /// <summary>The exit code where the data has errors.</summary>
    public const int HasErrors = 1;

    public static Command Make(IAnsiConsole console)
    {
        var options = new DataOptions();
        var mode = new TokenizationModeOptions();
        var strict = new Option<bool>("--strict") { Description = "Exit code 1 for warnings, too." };
        var doctor = new Command(
            "doctor",
            "Silent errors in preference data: what is wrong, in which rows, why it matters, what to do. Exit code 1 where there "
                + "are errors."
        )
        {
            strict,
        };
        mode.AddTo(doctor);
        options.AddTo(doctor);
        doctor.SetAction(
            (parsed, cancel) =>
            {
                TokenizationOptions how = mode.Apply(parsed, options.Tokenization(parsed));
                var examiner = new DataDoctor(
                    options.ModelFiles(parsed).GroupTokenizer(how),
                    new DoctorOptions { Columns = options.Reading(parsed, how.Compatibility).Columns }
                );
                DoctorReport report = examiner.Examine(parsed.GetValue(options.File)!, cancel);
                DoctorLines.Write(console, report, parsed.GetValue(options.Rows));
                bool fails = report.Count(Grade.Error) > 0 || (parsed.GetValue(strict) && report.Count(Grade.Warning) > 0);
                return Task.FromResult(fails ? HasErrors : 0);
            }
        );
        return doctor;
    }
}
