using Simper.Ledgers;
using Simper.Objectives;
using Simper.Tests.Checkpoints;
using Simper.Text.Preferences;

namespace Simper.Tests.Ledgers;

public sealed class LedgerFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static double Drawn(DeterministicRandom random) =>
        random.NextBelow(8) switch
        {
            0 => double.NaN,
            1 => double.PositiveInfinity,
            2 => -0.0,
            3 => double.Epsilon,
            _ => (random.NextDouble() - 0.5) * 1e3,
        };

    private static LedgerRow Row(int index, int figures)
    {
        DeterministicRandom random = DeterministicRandom.For(7, "ledger row", (ulong)index);
        int side = random.NextBelow(3);
        return new LedgerRow(
            index / 3,
            random.NextDouble(),
            (LedgerSplit)random.NextBelow(2),
            (LedgerPhase)random.NextBelow(4),
            new PairOutcome(
                Row: random.NextBelow(int.MaxValue),
                Drawn(random),
                random.NextDouble(),
                Drawn(random),
                Drawn(random),
                Drawn(random),
                Drawn(random),
                ChosenTokens: side == 1 ? 0 : 1 + random.NextBelow(4000),
                RejectedTokens: side == 2 ? 0 : 1 + random.NextBelow(4000)
            )
            {
                ChosenSeen = Drawn(random),
                RejectedSeen = Drawn(random),
                ChosenWeight = Drawn(random),
                RejectedWeight = Drawn(random),
                ChosenGradient = Drawn(random),
                RejectedGradient = Drawn(random),
                Share = random.NextDouble(),
                Batch = random.NextBelow(2) == 0 ? null : random.NextBelow(9),
                IsLogged = random.NextBelow(2) == 0,
                Place = random.NextBelow(int.MaxValue),
                ChosenWasCut = side != 1 && random.NextBelow(2) == 0,
                RejectedWasCut = side != 2 && random.NextBelow(2) == 0,
                Figures = [.. Enumerable.Range(0, figures).Select(f => ($"figure/{f}", Drawn(random)))],
            }
        );
    }

    [Theory]
    [InlineData(1, 0, true)]
    [InlineData(700, 3, false)]
    [InlineData(40_000, 1, true)] // more than a block
    public void Every_number_of_a_row_comes_back_to_the_bit(int count, int figures, bool means)
    {
        string path = _folder["rows.parquet"];
        LedgerFile.Write(
            path,
            Enumerable.Range(0, count).Select(i => Row(i, figures)),
            Enumerable.Range(0, figures).Select(f => $"figure/{f}"),
            means
        );
        using LedgerFile file = LedgerFile.Open(path);
        Assert.Equal(means, file.ReportsMeanLogProbs);
        int at = 0;
        foreach (LedgerRow row in file.Rows())
        {
            string expected = LedgerLines.Of(Row(at++, figures));
            if (LedgerLines.Of(row) is var found && found != expected)
                Assert.Equal(expected, found);
        }
        Assert.Equal(count, at);
        Assert.Equal(["rows.parquet"], Directory.GetFiles(_folder.Path).Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public void The_same_rows_give_the_same_bytes()
    {
        foreach (string name in (string[])["a.parquet", "b.parquet"])
            LedgerFile.Write(_folder[name], Enumerable.Range(0, 500).Select(i => Row(i, 1)), ["figure/0"], true);
        Assert.Equal(File.ReadAllBytes(_folder["a.parquet"]), File.ReadAllBytes(_folder["b.parquet"]));
    }

    [Fact]
    public void A_file_that_cannot_be_written_leaves_nothing()
    {
        string path = _folder["none.parquet"];
        Assert.Throws<InvalidOperationException>(() =>
            LedgerFile.Write(
                path,
                Enumerable.Range(0, 9).Select(i => i < 5 ? Row(i, 0) : throw new InvalidOperationException()),
                [],
                true
            )
        );
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_damaged_file_is_named_whatever_is_wrong_with_it()
    {
        string whole = _folder["whole.parquet"];
        LedgerFile.Write(whole, Enumerable.Range(0, 200).Select(i => Row(i, 0)), [], true);
        byte[] bytes = File.ReadAllBytes(whole);
        string path = _folder["damaged.parquet"];
        var cuts = new List<byte[]> { Array.Empty<byte>(), "no Parquet"u8.ToArray() };
        cuts.AddRange(Enumerable.Range(1, 9).Select(i => bytes[..(bytes.Length * i / 10)]));
        foreach (byte[] cut in cuts)
        {
            File.WriteAllBytes(path, cut);
            SimperException fault = Assert.Throws<SimperException>(() =>
            {
                using LedgerFile file = LedgerFile.Open(path);
                _ = file.Rows().Count();
            });
            Assert.StartsWith($"{path} is damaged: ", fault.Message, StringComparison.Ordinal);
        }
        // Bytes changed anywhere are either noticed or not, but never end the program.
        for (int at = 0; at < bytes.Length; at += 97)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 0xff;
            File.WriteAllBytes(path, changed);
            try
            {
                using LedgerFile file = LedgerFile.Open(path);
                _ = file.Rows().Count();
            }
            catch (SimperException fault)
            {
                Assert.StartsWith(path, fault.Message, StringComparison.Ordinal);
            }
        }
        Assert.Contains(
            "there is no such file",
            Assert.Throws<SimperException>(() => LedgerFile.Open(_folder["missing.parquet"])).Message,
            StringComparison.Ordinal
        );
    }
}
