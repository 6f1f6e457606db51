using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Templates;

/// <summary>strftime_now of templates; the texts come from Python's datetime on Linux.</summary>
public class TimeTextTests
{
    private const string Format =
        "%a %A %b %B %d|%-d|%e|%_d %m %-m %Y %y %C %j|%-j %H %I %k %l|%-I %M %S %f %p %P %u %w %U %V %W %G %D %F %T %R %r %c %x "
        + "%X %n%t%% %^a %h %Z%z";

    [Theory]
    [InlineData(
        "2024-07-04T05:06:07",
        "Thu Thursday Jul July 04|4| 4| 4 07 7 2024 24 20 186|186 05 05  5  5|5 06 07 000000 AM am 4 4 26 27 "
            + "27 2024 07/04/24 2024-07-04 05:06:07 05:06 05:06:07 AM Thu Jul  4 05:06:07 2024 07/04/24 05:06:07 \n\t% THU Jul "
    )]
    [InlineData(
        "2023-01-01T00:00:00",
        "Sun Sunday Jan January 01|1| 1| 1 01 1 2023 23 20 001|1 00 12  0 12|12 00 00 000000 AM am 7 0 01 52 "
            + "00 2022 01/01/23 2023-01-01 00:00:00 00:00 12:00:00 AM Sun Jan  1 00:00:00 2023 01/01/23 00:00:00 \n\t% SUN Jan "
    )]
    [InlineData(
        "2024-12-30T23:59:59",
        "Mon Monday Dec December 30|30|30|30 12 12 2024 24 20 365|365 23 11 23 11|11 59 59 000000 PM pm 1 1 "
            + "52 01 53 2025 12/30/24 2024-12-30 23:59:59 23:59 11:59:59 PM Mon Dec 30 23:59:59 2024 12/30/24 23:59:59 \n\t% "
            + "MON Dec "
    )]
    [InlineData(
        "2021-01-03T12:05:00",
        "Sun Sunday Jan January 03|3| 3| 3 01 1 2021 21 20 003|3 12 12 12 12|12 05 00 000000 PM pm 7 0 01 53 "
            + "00 2020 01/03/21 2021-01-03 12:05:00 12:05 12:05:00 PM Sun Jan  3 12:05:00 2021 01/03/21 12:05:00 \n\t% SUN Jan "
    )]
    public void Times_are_written_as_python_writes_them(string time, string expected) =>
        Assert.Equal(
            expected,
            ChatTemplate
                .Parse("{{ strftime_now('" + Format + "') }}", "t")
                .Render(new JsonObject(), new Clock(DateTimeOffset.Parse(time + "Z", CultureInfo.InvariantCulture)))
        );

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
