using Simper.Ledgers;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Ledgers;

public sealed class LedgerPartTests
{
    [Theory]
    [InlineData("eval-00000000-before.parquet", LedgerPhase.Before, 0, 0)]
    [InlineData("eval-00000500.parquet", LedgerPhase.Between, 500, 500)]
    [InlineData("eval-00001000-after.parquet", LedgerPhase.After, 1000, 1000)]
    [InlineData("train-00000001-00000500.parquet", LedgerPhase.Training, 1, 500)]
    public void A_name_says_what_the_file_holds(string name, LedgerPhase phase, int first, int last)
    {
        var part = new LedgerPart(phase, first, last);
        Assert.Equal(name, part.Name);
        Assert.Equal(part, LedgerPart.Of(name));
    }

    [Theory]
    [InlineData("eval-500.parquet")]
    [InlineData("eval-00000500.parquet.123.tmp")]
    [InlineData("train-00000001.parquet")]
    [InlineData("pairs.parquet")]
    public void Other_names_are_none_of_its(string name) => Assert.Null(LedgerPart.Of(name));

    [Fact]
    public void Parts_come_in_the_order_of_the_run()
    {
        using var folder = new TemporaryFolder();
        string[] ordered =
        [
            "eval-00000000-before.parquet",
            "train-00000001-00000004.parquet",
            "eval-00000004.parquet",
            "train-00000005-00000006.parquet",
            "train-00000007-00000009.parquet",
            "eval-00000004-after.parquet", // of the best checkpoint
        ];
        Directory.CreateDirectory(folder[LedgerPart.Folder]);
        foreach (string name in ordered.Append("readme.txt").Order(StringComparer.Ordinal))
            File.WriteAllText(folder[$"{LedgerPart.Folder}/{name}"], "");
        Assert.Equal(ordered, LedgerPart.In(folder.Path).Select(p => p.Name));
        Assert.Empty(LedgerPart.In(folder["nowhere"]));
    }
}
