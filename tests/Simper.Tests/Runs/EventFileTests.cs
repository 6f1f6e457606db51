using System.Buffers.Binary;
using System.Text;
using Simper.Runs;

namespace Simper.Tests.Runs;

public class EventFileTests
{
    [Fact]
    public void The_masked_checksum_is_that_of_the_published_vectors()
    {
        // CRC-32C of 32 zero bytes is 0x8a9136aa (RFC 3720, B.4); masked: rotated right by 15, plus 0xa282ead8.
        uint crc = 0x8a9136aa;
        Assert.Equal(((crc >> 15) | (crc << 17)) + 0xa282ead8, EventFile.MaskedCrc(new byte[32]));
    }

    [Fact]
    public void Records_parse_back_to_the_scalars_that_were_added()
    {
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        try
        {
            using (var events = new EventFile(folder, TimeProvider.System))
                events.Add(300, [KeyValuePair.Create("loss", -0.5), KeyValuePair.Create("rewards/margins", 2.0)]);
            ReadOnlySpan<byte> file = File.ReadAllBytes(Directory.GetFiles(folder).Single());
            var records = new List<byte[]>();
            while (file.Length > 0)
            {
                int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
                Assert.Equal(EventFile.MaskedCrc(file[..8]), BinaryPrimitives.ReadUInt32LittleEndian(file[8..]));
                records.Add(file.Slice(12, length).ToArray());
                Assert.Equal(EventFile.MaskedCrc(records[^1]), BinaryPrimitives.ReadUInt32LittleEndian(file[(12 + length)..]));
                file = file[(16 + length)..];
            }
            Assert.Equal(2, records.Count);
            Assert.Contains("brain.Event:2", Encoding.UTF8.GetString(records[0]), StringComparison.Ordinal);
            // wall_time (9 bytes), step 300 as a varint, then the summary with the tag and its float.
            Assert.Equal([0x10, 0xac, 0x02], records[1][9..12]);
            byte[] loss = [0x0a, 4, .. "loss"u8, 0x15, 0, 0, 0, 0xbf]; // tag = "loss", simple_value = -0.5
            Assert.True(records[1].AsSpan().IndexOf(loss) > 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
