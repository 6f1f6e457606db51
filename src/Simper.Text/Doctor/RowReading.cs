using System.Text.Json.Nodes;
using Simper.Text.Doctor.Checks;
using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>Reads rows one by one, so that a wrong row is a finding and not the end.</summary>
/// <param name="layout">The file's layout.</param>
/// <param name="mode">The compatibility mode, which decides on rows without a prompt.</param>
internal sealed class RowReading(FileLayout layout, Compatibility mode)
{
    /// <summary>A row as it is read for training; with a fault where it is refused.</summary>
    /// <param name="file">Which file, from 0.</param>
    /// <param name="path">Its path.</param>
    /// <param name="raw">The row.</param>
    public ExaminedRow Read(int file, string path, RowReader.RawRow raw)
    {
        string place = RowReader.Place(path, raw.Row, raw.Unit);
        JsonObject? json = null;
        try
        {
            json = RowJson.Parse(raw.Utf8, place);
            return Read(file, raw.Row, json, place);
        }
        catch (SimperException e)
        {
            return Refused(file, raw.Row, json, Sentence(e, place));
        }
    }

    /// <summary>The file's layout.</summary>
    public FileLayout Layout => layout;

    /// <summary>The group of a row that was read before.</summary>
    public PreferenceGroup Group((string File, RowReader.RawRow Row) at) =>
        Read(0, at.File, at.Row).Group ?? throw new SimperException($"{at.File} has changed while it was examined.");

    private ExaminedRow Read(int file, int number, JsonObject json, string place) =>
        layout.Read(
            json,
            number,
            place,
            (group, row) =>
                new ExaminedRow(file, number)
                {
                    Json = json,
                    Group = group,
                    LeftOut = RowFaults.Of(group, mode),
                    Unused = [.. row.Unused],
                }
        );

    private ExaminedRow Refused(int file, int number, JsonObject? json, string sentence)
    {
        var row = new ExaminedRow(file, number) { Json = json };
        row.Add(
            json is null ? ReadingChecks.NotJson
                : layout.IsAnother(json) ? ReadingChecks.AnotherLayout
                : ReadingChecks.Refused,
            sentence
        );
        return row;
    }

    // The row's place is said beside it.
    private static string Sentence(SimperException e, string place) =>
        (e.Message.StartsWith(place, StringComparison.Ordinal) ? e.Message[place.Length..] : e.Message)
            .TrimStart(':', ',', ' ')
            .TrimEnd('.');
}
