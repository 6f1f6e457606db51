using System.IO.Hashing;
using Simper.Checkpoints;
using Simper.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Checkpoints;

/// <summary>Files that are written past the system's cache have the bytes that they were given, whatever their size.</summary>
public sealed class NewFileTests : IDisposable
{
    private const int Buffer = 8 << 20;
    private const int Block = 4096;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Around the borders of blocks and of the buffer, in pieces that end at neither.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(Block - 1, 1000)]
    [InlineData(Block, Block)]
    [InlineData(Block + 1, 777)]
    [InlineData(Buffer - 1, 1_000_003)]
    [InlineData(Buffer, Buffer)]
    [InlineData(Buffer + 1, Buffer + 1)]
    [InlineData(2 * Buffer + Block, 3 * Buffer)]
    [InlineData(2 * Buffer + Block + 5, 5_000_011)]
    public void Content_size_and_hash_are_those_of_what_was_appended(int bytes, int piece)
    {
        byte[] content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        string path = _folder["file"];
        using (var file = new NewFile(path, hashes: true))
        {
            for (int done = 0; done < bytes; done += piece)
                file.Append(content.AsSpan(done, Math.Min(piece, bytes - done)));
            file.Complete();
            Assert.Equal(bytes, file.Written);
            Assert.Equal(Convert.ToHexStringLower(XxHash128.Hash(content)), file.Hash);
            Assert.Equal(bytes, new FileInfo(path).Length); // before it is flushed: a test of lost power reads it here
            file.Flush();
        }
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(path)));
    }

    // A file system with other blocks refuses what is no whole number of them.
    [Theory]
    [InlineData(5)]
    [InlineData(Buffer + 513)]
    public void What_the_disk_refuses_to_take_directly_goes_through_the_cache(int bytes)
    {
        byte[] content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        using (var file = new NewFile(_folder["file"], hashes: true, block: 1))
        {
            file.Append(content);
            file.Complete();
            Assert.Equal(Convert.ToHexStringLower(XxHash128.Hash(content)), file.Hash);
        }
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(_folder["file"])));
    }

    [Fact]
    public void Without_a_wish_for_a_hash_there_is_none()
    {
        using var file = new NewFile(_folder["file"]);
        file.Append([1, 2, 3]);
        file.Complete();
        Assert.Null(file.Hash);
    }

    [Fact]
    public void An_existing_file_is_never_written_to()
    {
        File.WriteAllText(_folder["file"], "mine");
        Assert.ThrowsAny<IOException>(() => new NewFile(_folder["file"]));
        Assert.Equal("mine", File.ReadAllText(_folder["file"]));
    }

    [Fact]
    public void A_tensor_in_parts_is_the_whole_one()
    {
        using Tensor whole = rand(7, 5);
        using (var file = new NewFile(_folder["m.safetensors"]))
        {
            var writer = new SafetensorsWriter(file, [("a", SafetensorsWriter.EntryOf(whole.dtype, whole.shape))]);
            writer.Write([whole.narrow(0, 0, 3), whole.narrow(0, 3, 3), whole.narrow(0, 6, 1)]);
            writer.Finish();
            file.Complete();
        }
        using SafetensorsFile read = SafetensorsFile.Open(_folder["m.safetensors"]);
        using Tensor found = read.Read("a");
        Assert.True(found.equal(whole).all().item<bool>());
    }

    [Theory]
    [InlineData(6)]
    [InlineData(8)]
    public void Parts_that_are_not_as_many_as_announced_are_refused(int rows)
    {
        using Tensor some = rand(rows, 5);
        using var file = new NewFile(_folder["m.safetensors"]);
        var writer = new SafetensorsWriter(file, [("a", SafetensorsWriter.EntryOf(some.dtype, [7, 5]))]);
        Assert.Throws<InvalidOperationException>(() => writer.Write([some.narrow(0, 0, 3), some.narrow(0, 3, rows - 3)]));
    }
}
