using Simper.Checkpoints;
using Simper.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Checkpoints;

/// <summary>NF4, FP4, their nested magnitudes and eight bits, against what bitsandbytes' own code made: bit for bit.</summary>
public class BitsAndBytesQuantiserTests
{
    public static TheoryData<string> FourBitCases => Cases("four_bit", ".packed");

    public static TheoryData<string> DynamicCases => Cases("eight_bit", ".codes", "dynamic8");

    public static TheoryData<string> RowCases => Cases("eight_bit", ".codes", "int8_rows");

    [Theory]
    [MemberData(nameof(FourBitCases))]
    public void Codes_magnitudes_and_values_in_four_bits_are_those_of_bitsandbytes(string name)
    {
        using var scope = NewDisposeScope();
        using SafetensorsFile golden = Open("four_bit");
        string plain = name.Replace(".double", "", StringComparison.Ordinal);
        ScalarType type = golden.Tensors[plain + ".input"].DType;
        FourBitTable table = name.Contains(".nf4.", StringComparison.Ordinal) ? FourBitTable.Nf4 : FourBitTable.Fp4;
        int blockSize = BlockSizeOf(plain);

        FourBitCodes codes = FourBitCodes.Of(Floats(golden, plain + ".input"), table, blockSize);
        Assert.Equal(TensorBits.Of(golden.Read(name + ".packed")), codes.Packed);
        Assert.Equal(Bits(Floats(golden, plain + ".absmax")), Bits(codes.Absmax));
        if (name != plain)
        {
            NestedScales nested = NestedScales.Of(codes.Absmax);
            Assert.Equal(TensorBits.Of(golden.Read(name + ".absmax_codes")), nested.Codes);
            Assert.Equal(Bits(Floats(golden, name + ".nested_absmax")), Bits(nested.Absmax));
            Assert.Equal(Bits(Floats(golden, name + ".nested_code")), Bits(nested.Table));
            Assert.Equal(Bits(Floats(golden, name + ".offset")), Bits([nested.Offset]));
            nested.Restore(codes.Absmax);
            Assert.Equal(Bits(Floats(golden, name + ".absmax_restored")), Bits(codes.Absmax));
        }
        var values = new float[golden.Tensors[plain + ".input"].Entry.Count];
        codes.Read(0, values);
        float[] rounded = [.. values.Select(v => Rounding.To(type, v))];
        Assert.Equal(Bits(Floats(golden, name + ".dequantised")), Bits(rounded));
    }

    [Theory]
    [MemberData(nameof(DynamicCases))]
    public void Codes_magnitudes_and_values_in_eight_bits_are_those_of_bitsandbytes(string name)
    {
        using var scope = NewDisposeScope();
        using SafetensorsFile golden = Open("eight_bit");
        float[] input = Floats(golden, name + ".input");
        int blockSize = BlockSizeOf(name);
        var codes = new byte[input.Length];
        var absmax = new float[(input.Length + blockSize - 1) / blockSize];
        DynamicBytes.Quantise(input, blockSize, codes, absmax);
        Assert.Equal(TensorBits.Of(golden.Read(name + ".codes")), codes);
        Assert.Equal(Bits(Floats(golden, name + ".absmax")), Bits(absmax));
        var values = new float[input.Length];
        DynamicBytes.Dequantise(codes, blockSize, absmax, DynamicBytes.Table, values);
        Assert.Equal(Bits(Floats(golden, name + ".dequantised")), Bits(values));
    }

    [Theory]
    [MemberData(nameof(RowCases))]
    public void Rows_of_LLM_int8_are_those_of_bitsandbytes(string name)
    {
        using var scope = NewDisposeScope();
        using SafetensorsFile golden = Open("eight_bit");
        float[] input = Floats(golden, name + ".input_fp16");
        byte[] expected = TensorBits.Of(golden.Read(name + ".codes"));
        float[] absmax = Floats(golden, name + ".absmax");
        float[] values = Floats(golden, name + ".dequantised");
        int columns = (int)golden.Tensors[name + ".codes"].Shape[1];
        var codes = new sbyte[columns];
        for (int row = 0; row < absmax.Length; row++)
        {
            float largest = Int8Rows.Quantise(input.AsSpan(row * columns, columns), codes);
            Assert.Equal(BitConverter.SingleToUInt32Bits(absmax[row]), BitConverter.SingleToUInt32Bits(largest));
            Assert.Equal(
                expected.AsSpan(row * columns, columns),
                System.Runtime.InteropServices.MemoryMarshal.AsBytes<sbyte>(codes)
            );
            Assert.Equal(
                Bits(values.AsSpan(row * columns, columns).ToArray()),
                Bits([.. codes.Select(c => Int8Rows.Value(c, largest))])
            );
        }
    }

    [Fact]
    public void The_tables_are_those_of_bitsandbytes()
    {
        using var scope = NewDisposeScope();
        using SafetensorsFile four = Open("four_bit");
        using SafetensorsFile eight = Open("eight_bit");
        Assert.Equal(Bits(Floats(four, "nf4_code")), Bits(FourBitTable.Nf4.Values.ToArray()));
        Assert.Equal(Bits(Floats(four, "fp4_code")), Bits(FourBitTable.Fp4.Values.ToArray()));
        Assert.Equal(Bits(Floats(eight, "dynamic_code")), Bits(DynamicBytes.Table.ToArray()));
    }

    [Fact]
    public void Values_added_in_parts_have_the_codes_of_values_added_at_once()
    {
        var random = new Random(4);
        float[] values = [.. Enumerable.Range(0, 200_003).Select(_ => random.NextSingle() - 0.5f)]; // several tasks, a short end
        FourBitCodes whole = FourBitCodes.Of(values, FourBitTable.Nf4);
        FourBitCodes parts = FourBitCodes.Empty(FourBitTable.Nf4, values.Length);
        foreach ((int first, int count) in (ReadOnlySpan<(int, int)>)[(0, 64), (128, 199_875), (64, 64)])
            parts.Add(first, values.AsSpan(first, count));
        Assert.Equal(whole.Packed, parts.Packed);
        Assert.Equal(whole.Absmax, parts.Absmax);
        Assert.Throws<ArgumentException>(() => parts.Add(32, values.AsSpan(32, 64)));
    }

    [Fact]
    public void A_row_of_zeros_stays_one_and_what_is_not_finite_is_not_hidden()
    {
        var codes = new sbyte[64];
        Assert.Equal(0, Int8Rows.Quantise(new float[64], codes));
        Assert.All(codes, c => Assert.Equal(0, c));
        foreach (int place in (int[])[0, 17, 63, 64, 70])
        {
            float[] row = [.. Enumerable.Range(0, 71).Select(i => 0.5f - i % 2)];
            row[place] = -7;
            Assert.Equal(7, Magnitudes.Largest(row));
            row[place] = float.NaN;
            Assert.True(float.IsNaN(Magnitudes.Largest(row)));
        }
        float[] values = new float[64];
        (values[1], values[2]) = (1, float.NaN);
        FourBitCodes four = FourBitCodes.Of(values, FourBitTable.Nf4);
        Assert.True(float.IsNaN(four.Absmax[0]));
        four.Read(0, values);
        Assert.All(values, v => Assert.True(float.IsNaN(v)));
    }

    [Theory]
    [InlineData(1, 1f)]
    [InlineData(7, 28f)]
    [InlineData(100, 5050f)]
    [InlineData(5000, 12502500f)] // three levels; whole numbers below 2^24, which no order rounds
    public void A_cascade_sums_every_number_once(int count, float sum) =>
        Assert.Equal(sum, CascadeSum.Of([.. Enumerable.Range(1, count).Select(i => (float)i)]));

    private static TheoryData<string> Cases(string file, string ending, string kind = "") =>
        SharedFiles.Rows(() =>
        {
            using SafetensorsFile golden = Open(file);
            return
            [
                .. golden
                    .Tensors.Keys.Where(k =>
                        k.EndsWith(ending, StringComparison.Ordinal) && k.Contains(kind, StringComparison.Ordinal)
                    )
                    .Select(k => k[..^ending.Length])
                    .Order(StringComparer.Ordinal),
            ];
        });

    private static int BlockSizeOf(string name) =>
        int.Parse(
            name[(name.LastIndexOf("block", StringComparison.Ordinal) + 5)..],
            System.Globalization.CultureInfo.InvariantCulture
        );

    private static SafetensorsFile Open(string name) =>
        SafetensorsFile.Open(SharedFiles.Path("golden", "nf4", name + ".safetensors"));

    private static float[] Floats(SafetensorsFile file, string name) =>
        file.Read(name).to(ScalarType.Float32).data<float>().ToArray();

    private static uint[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToUInt32Bits)];
}
