using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>The tensor types of GGUF, by their numbers and names.</summary>
internal static class GgufTypes
{
    private static readonly Dictionary<uint, BlockType> All = new BlockType[]
    {
        new(0, "F32", 1, 4, Plain: ScalarType.Float32),
        new(1, "F16", 1, 2, Plain: ScalarType.Float16),
        new(30, "BF16", 1, 2, Plain: ScalarType.BFloat16),
        new(24, "I8", 1, 1, Plain: ScalarType.Int8),
        new(25, "I16", 1, 2, Plain: ScalarType.Int16),
        new(26, "I32", 1, 4, Plain: ScalarType.Int32),
        new(27, "I64", 1, 8, Plain: ScalarType.Int64),
        new(28, "F64", 1, 8, Plain: ScalarType.Float64),
        new(2, "Q4_0", 32, 18, LegacyQuants.Q4Zero, Encoder: LegacyQuantisers.Q4Zero),
        new(3, "Q4_1", 32, 20, LegacyQuants.Q4One),
        new(6, "Q5_0", 32, 22, LegacyQuants.Q5Zero, Encoder: LegacyQuantisers.Q5Zero),
        new(7, "Q5_1", 32, 24, LegacyQuants.Q5One, Encoder: LegacyQuantisers.Q5One),
        new(8, "Q8_0", 32, 34, LegacyQuants.Q8Zero, Encoder: LegacyQuantisers.Q8Zero),
        new(10, "Q2_K", 256, 84, KQuants.Q2),
        new(11, "Q3_K", 256, 110, KQuants.Q3),
        new(12, "Q4_K", 256, 144, KQuants.Q4, Encoder: KQuantisers.Q4),
        new(13, "Q5_K", 256, 176, KQuants.Q5, Encoder: KQuantisers.Q5),
        new(14, "Q6_K", 256, 210, KQuants.Q6, Encoder: KQuantisers.Q6),
        new(20, "IQ4_NL", 32, 18, TableQuants.Iq4Nl),
        new(23, "IQ4_XS", 256, 136, TableQuants.Iq4Xs),
        new(34, "TQ1_0", 256, 54, TableQuants.Tq1),
        new(35, "TQ2_0", 256, 66, TableQuants.Tq2),
        new(39, "MXFP4", 32, 17, TableQuants.MxFp4),
        new(9, "Q8_1", 32, 36),
        new(15, "Q8_K", 256, 292),
        new(16, "IQ2_XXS", 256, 66),
        new(17, "IQ2_XS", 256, 74),
        new(18, "IQ3_XXS", 256, 98),
        new(19, "IQ1_S", 256, 50),
        new(21, "IQ3_S", 256, 110),
        new(22, "IQ2_S", 256, 82),
        new(29, "IQ1_M", 256, 56),
        new(40, "NVFP4", 64, 36),
    }.ToDictionary(t => t.Id);

    public static BlockType Named(string name) => All.Values.Single(t => t.Name == name);

    public static BlockType? WithId(uint id) => All.GetValueOrDefault(id);
}
