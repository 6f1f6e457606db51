using System.Globalization;

namespace Simper.Cli;

/// <summary>Durations, formatted the same in all commands.</summary>
internal static class Clock
{
    /// <summary>Hours, minutes and seconds as 01:02:03, preceded by days if any: 2 d 01:02:03.</summary>
    public static string Text(TimeSpan time) =>
        time.ToString(time.Days > 0 ? @"d' d 'hh\:mm\:ss" : @"hh\:mm\:ss", CultureInfo.InvariantCulture);
}
