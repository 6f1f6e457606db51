using System.Text;
using Simper.Checkpoints;
using static Simper.Tests.Checkpoints.SafetensorsBytes;

namespace Simper.Tests.Checkpoints;

public class SafetensorsBadFilesTests
{
    private const string Json = "InvalidHeaderDeserialization";

    /// <summary>What is wrong, the fault's name, the file.</summary>
    private static readonly (string What, string Fault, byte[] File)[] Bad =
    [
        ("no bytes", "HeaderTooSmall", []),
        ("one byte", "HeaderTooSmall", [2]),
        ("seven bytes", "HeaderTooSmall", new byte[7]),
        ("a header of 100 MB and a byte", "HeaderTooLarge", Of([], 0, 100_000_001)),
        ("a header of 2^63 bytes", "HeaderTooLarge", Of([], 0, 1UL << 63)),
        ("a header of 2^64 - 1 bytes", "HeaderTooLarge", Of([], 0, ulong.MaxValue)),
        ("a pickle", "HeaderTooLarge", Encoding.ASCII.GetBytes("PK\x03\x04 archive/data.pkl")),
        ("a page of a web server", "HeaderTooLarge", Encoding.ASCII.GetBytes("<!DOCTYPE html><html>")),
        ("a header past the end", "InvalidHeaderLength", Of("{}"u8.ToArray(), 0, 3)),
        ("a header of the largest length past the end", "InvalidHeaderLength", Of([], 0, 100_000_000)),
        ("a header that ends with its file's length alone", "InvalidHeaderLength", Of([], 0, 1)),
        ("a byte that is no UTF-8", "InvalidHeader", Of([0xff])),
        ("an overlong slash", "InvalidHeader", Of([.. "{\""u8, 0xc0, 0xaf, .. "\":1}"u8])),
        ("half a surrogate pair in UTF-8", "InvalidHeader", Of([.. "{\""u8, 0xed, 0xa0, 0x80, .. "\":1}"u8])),
        ("an empty header", Json, Of("")),
        ("white space alone", Json, Of("   ")),
        ("an array", Json, Of("[]")),
        ("a number", Json, Of("1")),
        ("null", Json, Of("null")),
        ("an open object", Json, Of("{")),
        ("an open text", Json, Of("{\"a")),
        ("two objects", Json, Of("{}{}")),
        ("text behind the object", Json, Of("{} x")),
        ("zero bytes behind the object", Json, Of("{}\0\0")),
        ("a comment", Json, Of("{/**/}")),
        ("a trailing comma", Json, Of("{" + Tensor() + ",}", 8)),
        ("arrays in arrays", Json, Of("{\"a\":" + new string('[', 5000))),
        ("objects in objects", Json, Of(string.Concat(Enumerable.Repeat("{\"a\":", 5000)))),
        ("a deep value under another key", Json, Of("{\"a\":{\"x\":" + new string('[', 100) + new string(']', 100) + "}}")),
        ("half a surrogate pair, escaped", Json, Of("{\"\\ud800\":1}")),
        ("a tensor that is a number", Json, Of("{\"a\":1}")),
        ("a tensor that is null", Json, Of("{\"a\":null}")),
        ("an unknown type", Json, Of("{" + Tensor(dtype: "\"F99\"") + "}", 8)),
        ("a type in small letters", Json, Of("{" + Tensor(dtype: "\"f32\"") + "}", 8)),
        ("a type that is a number", Json, Of("{" + Tensor(dtype: "1") + "}", 8)),
        ("no type", Json, Of("{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8)),
        ("no shape", Json, Of("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8)),
        ("no offsets", Json, Of("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8)),
        ("a shape that is a number", Json, Of("{" + Tensor(shape: "2") + "}", 8)),
        ("a negative size", Json, Of("{" + Tensor(shape: "[-2]") + "}", 8)),
        ("a size with a fraction", Json, Of("{" + Tensor(shape: "[2.0]") + "}", 8)),
        ("a size with an exponent", Json, Of("{" + Tensor(shape: "[2e0]") + "}", 8)),
        ("a size that is a text", Json, Of("{" + Tensor(shape: "[\"2\"]") + "}", 8)),
        ("a size that is null", Json, Of("{" + Tensor(shape: "[null]") + "}", 8)),
        ("a size of 2^64", Json, Of("{" + Tensor(shape: "[18446744073709551616]") + "}", 8)),
        ("a size in a further array", Json, Of("{" + Tensor(shape: "[[2]]") + "}", 8)),
        ("a negative offset", Json, Of("{" + Tensor(offsets: "[-8,0]") + "}", 8)),
        ("an offset with a fraction", Json, Of("{" + Tensor(offsets: "[0,8.0]") + "}", 8)),
        ("one offset", Json, Of("{" + Tensor(offsets: "[0]") + "}", 8)),
        ("three offsets", Json, Of("{" + Tensor(offsets: "[0,8,8]") + "}", 8)),
        ("an offset of 2^64", Json, Of("{" + Tensor(offsets: "[0,18446744073709551616]") + "}", 8)),
        ("metadata that is a text", Json, Of("{\"__metadata__\":\"x\"}")),
        ("metadata with a number", Json, Of("{\"__metadata__\":{\"a\":1}}")),
        ("metadata with an object", Json, Of("{\"__metadata__\":{\"a\":{}}}")),
        ("a first tensor that begins late", "InvalidOffset", Of("{" + Tensor(offsets: "[4,12]") + "}", 12)),
        ("an end before the beginning", "InvalidOffset", Of("{" + Tensor("a") + "," + Tensor("b", offsets: "[8,0]") + "}", 8)),
        ("a gap", "InvalidOffset", Of("{" + Tensor("a") + "," + Tensor("b", offsets: "[12,20]") + "}", 20)),
        ("an overlap", "InvalidOffset", Of("{" + Tensor("a") + "," + Tensor("b", offsets: "[4,12]") + "}", 12)),
        ("two tensors on the same bytes", "InvalidOffset", Of("{" + Tensor("a") + "," + Tensor("b") + "}", 8)),
        (
            "an offset of 2^64 - 1",
            "InvalidOffset",
            Of("{" + Tensor("a") + "," + Tensor("b", offsets: "[18446744073709551615,18446744073709551615]") + "}", 8)
        ),
        ("a shape whose product overflows", "ValidationOverflow", Of("{" + Tensor(shape: "[4294967296,4294967296]") + "}", 8)),
        (
            "an overflow that a later zero would hide",
            "ValidationOverflow",
            Of("{" + Tensor(shape: "[4294967296,4294967296,0]", offsets: "[0,0]") + "}")
        ),
        (
            "a product that fits and bytes that do not",
            "ValidationOverflow",
            Of("{" + Tensor(shape: "[4611686018427387904]") + "}", 8)
        ),
        ("a size of 2^64 - 1", "ValidationOverflow", Of("{" + Tensor(shape: "[18446744073709551615]") + "}", 8)),
        ("three four-bit values", "MisalignedSlice", Of("{" + Tensor(dtype: "\"F4\"", shape: "[3]", offsets: "[0,1]") + "}", 1)),
        (
            "three six-bit values",
            "MisalignedSlice",
            Of("{" + Tensor(dtype: "\"F6_E2M3\"", shape: "[3]", offsets: "[0,2]") + "}", 2)
        ),
        ("fewer bytes than the shape asks", "TensorInvalidInfo", Of("{" + Tensor(offsets: "[0,4]") + "}", 4)),
        ("more bytes than the shape asks", "TensorInvalidInfo", Of("{" + Tensor(offsets: "[0,12]") + "}", 12)),
        ("bytes for no values", "TensorInvalidInfo", Of("{" + Tensor(shape: "[0]") + "}", 8)),
        ("no bytes for one value", "TensorInvalidInfo", Of("{" + Tensor(shape: "[]", offsets: "[0,0]") + "}")),
        ("a byte too many", "MetadataIncompleteBuffer", Of("{" + Tensor() + "}", 9)),
        ("a byte too few", "MetadataIncompleteBuffer", Of("{" + Tensor() + "}", 7)),
        ("no data", "MetadataIncompleteBuffer", Of("{" + Tensor() + "}")),
        ("data without tensors", "MetadataIncompleteBuffer", Of("{}", 1)),
        (
            "a tensor of 2^60 bytes that are not there",
            "MetadataIncompleteBuffer",
            Of("{" + Tensor(shape: "[288230376151711744]", offsets: "[0,1152921504606846976]") + "}", 8)
        ),
        ("a tensor named twice", "DuplicateKey", Of("{" + Tensor() + "," + Tensor() + "}", 8)),
        ("a tensor named twice, once escaped", "DuplicateKey", Of("{" + Tensor() + "," + Tensor("\\u0061") + "}", 8)),
        ("metadata given twice", "DuplicateKey", Of("{\"__metadata__\":{},\"__metadata__\":{}}")),
        ("a text of the metadata given twice", "DuplicateKey", Of("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}")),
        (
            "a type given twice",
            "DuplicateKey",
            Of("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8)
        ),
        (
            "a shape given twice",
            "DuplicateKey",
            Of("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"shape\":[2],\"data_offsets\":[0,8]}}", 8)
        ),
        (
            "a type of eight bits that is not read",
            "UnsupportedDType",
            Of("{" + Tensor(dtype: "\"F8_E4M3\"", shape: "[8]") + "}", 8)
        ),
        ("a type of four bits that is not read", "UnsupportedDType", Of("{" + Tensor(dtype: "\"F4\"", shape: "[16]") + "}", 8)),
        ("an unsigned type that is not read", "UnsupportedDType", Of("{" + Tensor(dtype: "\"U32\"") + "}", 8)),
        ("nine dimensions", "TooManyDimensions", Of("{" + Tensor(shape: "[2,1,1,1,1,1,1,1,1]") + "}", 8)),
        (
            "a shape of a million sizes",
            "TooManyDimensions",
            Of("{" + Tensor(shape: "[" + string.Join(",", Enumerable.Repeat(1, 1_000_000)) + "]") + "}", 8)
        ),
        ("no name", "InvalidName", Of("{" + Tensor("") + "}", 8)),
        ("a name of 513 bytes", "InvalidName", Of("{" + Tensor(new string('n', 513)) + "}", 8)),
        ("a name of 513 bytes in 171 letters", "InvalidName", Of("{" + Tensor(new string('\u4e00', 171)) + "}", 8)),
        ("a name with a line break", "InvalidName", Of("{" + Tensor("a\\nb") + "}", 8)),
        ("a name with a zero", "InvalidName", Of("{" + Tensor("a\\u0000b") + "}", 8)),
        ("a name with an escape sequence of terminals", "InvalidName", Of("{" + Tensor("\\u001b[31m") + "}", 8)),
    ];

    private static readonly (string What, int Tensors, byte[] File)[] Good =
    [
        ("an empty object", 0, Of("{}")),
        ("metadata alone", 0, Of("{\"__metadata__\":{\"format\":\"pt\"}}")),
        ("a tensor", 1, Of("{" + Tensor() + "}", 8)),
        ("a number on its own", 1, Of("{" + Tensor(shape: "[]", offsets: "[0,4]") + "}", 4)),
        ("a tensor without values", 1, Of("{" + Tensor(shape: "[0]", offsets: "[0,0]") + "}")),
        (
            "tensors without values between others",
            3,
            Of(
                "{"
                    + Tensor("a")
                    + ","
                    + Tensor("b", shape: "[4,0]", offsets: "[8,8]")
                    + ","
                    + Tensor("c", offsets: "[8,16]")
                    + "}",
                16
            )
        ),
        ("tensors in another order than their bytes", 2, Of("{" + Tensor("a", offsets: "[8,16]") + "," + Tensor("b") + "}", 16)),
        ("white space after the header", 1, Of("{" + Tensor() + "}   ", 8)),
        ("white space before the header", 1, Of(" \n{" + Tensor() + "}", 8)),
        ("a name of 512 bytes", 1, Of("{" + Tensor(new string('n', 512)) + "}", 8)),
        ("eight dimensions", 1, Of("{" + Tensor(shape: "[2,1,1,1,1,1,1,1]") + "}", 8)),
        ("a key of later versions", 1, Of("{\"a\":{\"dtype\":\"F32\",\"new\":[{}],\"shape\":[2],\"data_offsets\":[0,8]}}", 8)),
        (
            "bytes that are not aligned",
            2,
            Of("{" + Tensor("a", "\"U8\"", "[1]", "[0,1]") + "," + Tensor("b", offsets: "[1,9]") + "}", 9)
        ),
    ];

    public static TheoryData<string> BadFiles() => [.. Bad.Select(b => b.What)];

    public static TheoryData<string> GoodFiles() => [.. Good.Select(g => g.What)];

    [Fact]
    public void There_are_at_least_sixty_bad_files_with_names_of_their_own() =>
        Assert.InRange(Bad.Select(b => b.What).Distinct().Count(), 60, Bad.Length);

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void A_bad_file_is_refused_by_the_name_of_its_fault(string what)
    {
        using var folder = new TemporaryFolder();
        (_, string fault, byte[] bytes) = Array.Find(Bad, b => b.What == what);
        string path = folder.Write("model.safetensors", bytes);
        var refusal = Assert.Throws<SimperException>(() => SafetensorsFile.Open(path));
        Assert.StartsWith(path + ": ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith($" [{fault}].", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(refusal.Message, char.IsControl);
        Assert.InRange(refusal.Message.Length, 20, path.Length + 500);
    }

    [Theory]
    [MemberData(nameof(GoodFiles))]
    public void An_unusual_file_is_read(string what)
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        (_, int tensors, byte[] bytes) = Array.Find(Good, g => g.What == what);
        using SafetensorsFile file = SafetensorsFile.Open(folder.Write("model.safetensors", bytes));
        Assert.Equal(tensors, file.Tensors.Count);
        foreach (StoredTensor tensor in file.Tensors.Values)
        {
            using TorchSharp.torch.Tensor read = file.Read(tensor.Name);
            using TorchSharp.torch.Tensor view = file.View(tensor.Name);
            Assert.Equal(tensor.Shape, read.shape);
            Assert.Equal(TensorBits.Of(read), TensorBits.Of(view));
        }
    }
}
