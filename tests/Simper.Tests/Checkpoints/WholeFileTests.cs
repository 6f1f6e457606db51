using Simper.Checkpoints;

namespace Simper.Tests.Checkpoints;

public class WholeFileTests
{
    [Fact]
    public void What_could_not_be_written_leaves_what_was_there()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "figures.json");
        WholeFile.Write(file, "first");
        WholeFile.Write(file, "sec"u8.ToArray(), "ond"u8.ToArray());
        Assert.Equal("second", File.ReadAllText(file));
        Assert.Throws<DirectoryNotFoundException>(() => WholeFile.Write(Path.Combine(folder.Path, "nowhere", "x"), "text"));
        // A folder stands where the file would have to go: the text is complete aside, and cannot take its place.
        Directory.CreateDirectory(Path.Combine(folder.Path, "taken"));
        Assert.ThrowsAny<Exception>(() => WholeFile.Write(Path.Combine(folder.Path, "taken"), "text"));
        Assert.Equal([file], Directory.GetFiles(folder.Path));
    }
}
