using System.IO.Compression;
using System.Text;
using Simper.Benchmarks;

namespace Simper.Tests.Benchmarks;

/// <summary>Rows of tasks that are packed: read whole, or refused.</summary>
public class TaskRowsTests
{
    [Theory]
    [InlineData("{\"a\": 1}\n{\"a\": 2}\n")]
    [InlineData("[{\"a\": 1}, {\"a\": 2}]")]
    public void A_file_that_is_cut_off_is_refused(string rows)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Optimal))
            zip.Write(Encoding.UTF8.GetBytes(rows));
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        string file = Path.Combine(folder, "a.json.gz");
        File.WriteAllBytes(file, packed.ToArray());
        Assert.Equal(2, TaskRows.Read(file).Count());
        File.WriteAllBytes(file, packed.ToArray()[..^4]);
        Assert.Contains(
            "it is no complete .gz file",
            Assert.Throws<SimperException>(() => TaskRows.Read(file).ToList()).Message,
            StringComparison.Ordinal
        );
        Directory.Delete(folder, recursive: true);
    }
}
