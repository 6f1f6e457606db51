using System.Text;
using Simper.Checkpoints;
using Simper.Testing;
using TorchSharp;

namespace Simper.Tests.Checkpoints;

/// <summary>
/// Each count, length, type, size and offset of a valid file is overwritten, one at a time, the rest stays valid.
/// </summary>
public class GgufMutationTests
{
    private static readonly ulong[] OddNumbers =
    [
        0,
        1,
        2,
        4,
        7,
        8,
        9,
        13,
        32,
        33,
        255,
        65_536,
        1UL << 31,
        uint.MaxValue,
        1UL << 32,
        1UL << 61,
        long.MaxValue,
        1UL << 63,
        ulong.MaxValue - 31,
        ulong.MaxValue,
    ];

    [Theory]
    [InlineData("malformed/valid_small.gguf", 1)]
    [InlineData("malformed/valid_all_value_types.gguf", 1)]
    [InlineData("types/q4_k.gguf", 1)]
    [InlineData("llama/stories260K-Q8_0.gguf", 7)]
    public void A_file_with_one_odd_number_is_refused_or_read(string name, int everyNth)
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        byte[] original = File.ReadAllBytes(SharedFiles.Path(["golden", "gguf", .. name.Split('/')]));
        string path = folder.Write("m.gguf", original);
        int refused = 0;
        int read = 0;
        foreach ((int offset, int width) in Fields(original).Where((_, i) => i % everyNth == 0))
        {
            foreach (ulong odd in OddNumbers)
            {
                using (FileStream file = File.OpenWrite(path))
                {
                    file.Position = offset;
                    file.Write(BitConverter.GetBytes(odd).AsSpan(0, width));
                }
                _ = Opens(path, original.Length) ? read++ : refused++;
            }
            using FileStream restored = File.OpenWrite(path);
            restored.Position = offset;
            restored.Write(original.AsSpan(offset, width));
        }
        Assert.True(Opens(path, original.Length));
        Assert.True(refused > read && read > 0, $"{refused} refused, {read} read");
    }

    [Theory]
    [InlineData("malformed/valid_all_value_types.gguf")]
    [InlineData("llama/stories260K-Q8_0.gguf")]
    public void A_file_with_changed_bytes_and_numbers_is_refused_or_read(string name)
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        byte[] original = File.ReadAllBytes(SharedFiles.Path(["golden", "gguf", .. name.Split('/')]));
        (int Offset, int Width)[] fields = [.. Fields(original)];
        int head = fields.Max(f => f.Offset + f.Width);
        string path = folder["m.gguf"];
        MutationRun.Read(
            15,
            $"GGUF ({name})",
            Counts.Of(300, 50_000),
            seed =>
            {
                var random = new Random(seed);
                byte[] file = [.. original];
                for (int i = random.Next(1, 4); i > 0; i--)
                {
                    (int offset, int width) = fields[random.Next(fields.Length)];
                    if (random.Next(3) == 0)
                        file[random.Next(8, head)] ^= (byte)(1 << random.Next(8));
                    else
                        BitConverter
                            .GetBytes(OddNumbers[random.Next(OddNumbers.Length)])
                            .AsSpan(0, width)
                            .CopyTo(file.AsSpan(offset));
                }
                return random.Next(10) == 0 ? file[..random.Next(file.Length)] : file;
            },
            file =>
            {
                File.WriteAllBytes(path, file);
                if (!Opens(path, original.Length))
                    throw new SimperException("refused");
            }
        );
    }

    [Theory]
    [InlineData("valid_small.gguf")]
    [InlineData("valid_all_value_types.gguf")]
    public void A_file_cut_anywhere_is_refused(string name)
    {
        using var folder = new TemporaryFolder();
        byte[] original = File.ReadAllBytes(SharedFiles.Path("golden", "gguf", "malformed", name));
        using GgufFile whole = GgufFile.Open(folder.Write("whole.gguf", original));
        int needed = (int)whole.Tensors.Values.Max(t => t.Offset + t.Bytes);
        for (int length = 0; length < needed; length++)
        {
            string path = folder.Write("m.gguf", original[..length]);
            Assert.Throws<SimperException>(() => GgufFile.Open(path));
        }
    }

    private static bool Opens(string path, int fileBytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using GgufFile file = GgufFile.Open(path);
            foreach (GgufTensor tensor in file.Tensors.Values.Where(t => t.Type.Readable))
                file.Read(tensor.Name).Dispose();
            if (file.Metadata.Has("tokenizer.ggml.tokens"))
            {
                using Checkpoint checkpoint = Checkpoint.Open(path);
                _ = checkpoint.TokenizerJson;
                foreach (string name in checkpoint.Tensors.Keys)
                    checkpoint.Read(name).Dispose();
            }
            return true;
        }
        catch (SimperException refusal)
        {
            Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
            return false;
        }
        finally
        {
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16L * fileBytes + (1 << 20));
        }
    }

    /// <summary>Where the numbers of the head lie, and how wide they are, as the specification lays them out.</summary>
    private static List<(int Offset, int Width)> Fields(byte[] file)
    {
        int[] widths = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
        List<(int, int)> fields = [(4, 4), (8, 8), (16, 8)];
        int at = 24;
        for (long keys = BitConverter.ToInt64(file, 16); keys > 0; keys--)
        {
            Text();
            int type = (int)Number(4);
            if (type != 9)
            {
                Value(type);
                continue;
            }
            int element = (int)Number(4);
            long count = (long)Number(8);
            for (long i = 0; i < count; i++)
            {
                int known = fields.Count;
                Value(element);
                if (i > 2)
                    fields.RemoveRange(known, fields.Count - known);
            }
        }
        for (long tensors = BitConverter.ToInt64(file, 8); tensors > 0; tensors--)
        {
            Text();
            for (uint dimensions = (uint)Number(4); dimensions > 0; dimensions--)
                Number(8);
            Number(4);
            Number(8);
        }
        return fields;

        ulong Number(int width)
        {
            fields.Add((at, width));
            ulong value = width switch
            {
                1 => file[at],
                2 => BitConverter.ToUInt16(file, at),
                4 => BitConverter.ToUInt32(file, at),
                _ => BitConverter.ToUInt64(file, at),
            };
            at += width;
            return value;
        }

        void Text()
        {
            int length = (int)Number(8);
            at += length;
        }

        void Value(int type)
        {
            if (type == 8)
                Text();
            else
                Number(widths[type]);
        }
    }
}
