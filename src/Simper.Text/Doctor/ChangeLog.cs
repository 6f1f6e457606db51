using System.Text;
using System.Text.Json.Nodes;

namespace Simper.Text.Doctor;

/// <summary>
/// What was done to rows, an object a line: the row, the check, and what it was before and after. Not thread safe.
/// </summary>
internal sealed class ChangeLog(Stream to, IReadOnlyList<string> files)
{
    /// <summary>A text was mended.</summary>
    public void Mended(int file, int row, RowChange change) =>
        Write(
            new JsonObject
            {
                ["file"] = files[file],
                ["row"] = row,
                ["check"] = change.Check.Id,
                ["action"] = "mended",
                ["column"] = change.Path.Length > 0 ? change.Path : null,
                ["before"] = change.Before,
                ["after"] = change.After,
            }
        );

    /// <summary>A row was left out.</summary>
    public void LeftOut(int file, int row, Check check, string with, byte[] before) =>
        Write(
            new JsonObject
            {
                ["file"] = files[file],
                ["row"] = row,
                ["check"] = check.Id,
                ["action"] = "left out",
                ["with"] = with.Length > 0 ? with : null,
                ["before"] = Encoding.UTF8.GetString(before),
            }
        );

    private void Write(JsonObject line)
    {
        to.Write(Encoding.UTF8.GetBytes(ReadableRow.OneLine(line)));
        to.WriteByte((byte)'\n');
    }
}
