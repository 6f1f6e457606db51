using System.Text;
using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Tables;

/// <summary>Tables for a test: written, read, and gone again.</summary>
internal static class TableFile
{
    /// <summary>The rows of a file of these bytes, as JSON.</summary>
    public static string[] Rows(byte[] content, string name = "a.parquet") =>
        Read(content, name, file => RowReader.Read(file).Select(r => Encoding.UTF8.GetString(r.Utf8)).ToArray());

    /// <summary>The sentence with which it is refused, from the file's name on.</summary>
    public static string Error(byte[] content, string name = "a.parquet") =>
        Read(
            content,
            name,
            file =>
            {
                string message = Assert.Throws<SimperException>(() => RowReader.Read(file).ToList()).Message;
                return message[message.IndexOf(name, StringComparison.Ordinal)..];
            }
        );

    /// <summary>Expects rows to be JSON of the same values.</summary>
    public static void Same(IEnumerable<string> expected, IEnumerable<string> rows) =>
        Assert.Equal(expected.Select(Plain), rows.Select(Plain));

    private static string Plain(string json) => JsonNode.Parse(json)!.ToJsonString();

    /// <summary>What is read of a file of these bytes.</summary>
    public static T Read<T>(byte[] content, string name, Func<string, T> read)
    {
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        try
        {
            string file = Path.Combine(folder, name);
            File.WriteAllBytes(file, content);
            return read(file);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
