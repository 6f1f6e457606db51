using Simper.Testing;

namespace Simper.Cli.Tests.Repository;

/// <summary>What the formatter cannot break, texts and comments, keeps to the width of a line as well.</summary>
public class LineWidthTests
{
    private const int Width = 130;

    [Fact]
    public void No_line_of_a_source_file_is_wider_than_the_page()
    {
        string[] wide =
        [
            .. from area in (string[])["src", "tests", "bench", "samples"]
            from file in Directory.GetFiles(Path.Combine(SharedFiles.Repository, area), "*.cs", SearchOption.AllDirectories)
            let name = Path.GetRelativePath(SharedFiles.Repository, file)
            where !name.Split(Path.DirectorySeparatorChar).Intersect(["bin", "obj"]).Any()
            from line in File.ReadLines(file).Select((text, i) => (Text: text, Number: i + 1))
            where line.Text.EnumerateRunes().Count() > Width
            select $"{name}, line {line.Number}: {line.Text.EnumerateRunes().Count()} characters",
        ];
        Assert.True(wide.Length == 0, $"Wider than {Width} characters:\n" + string.Join('\n', wide));
    }
}
