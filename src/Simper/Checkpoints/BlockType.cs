using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// Dequantizes one block to float32, with every operation rounded in the order of the format's reference implementation.
/// </summary>
internal delegate void BlockDecoder(ReadOnlySpan<byte> block, Span<float> values);

/// <summary>Quantises a row of whole blocks.</summary>
internal delegate void RowEncoder(ReadOnlySpan<float> row, Span<byte> bytes);

/// <summary>
/// How values of a matrix are stored: in blocks of fixed length, as a file of GGUF has them (<see cref="GgufTypes"/>) or as
/// they are kept in memory (<see cref="BitsAndBytesTypes"/>). Plain types have a <see cref="Plain"/> counterpart, quantised
/// ones a <see cref="Decoder"/>, and an <see cref="Encoder"/> where Simper writes them into files; types with neither are known
/// by size only, and reading them is refused by name.
/// </summary>
/// <param name="Id">GGUF's number, or one beyond them all.</param>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Values">Values of a block.</param>
/// <param name="Bytes">Bytes of a block.</param>
/// <param name="Decoder">The plain reader, which faster ones are compared with.</param>
/// <param name="Plain">The dtype of values that are stored as they are.</param>
/// <param name="Encoder">The quantiser.</param>
internal sealed record BlockType(
    uint Id,
    string Name,
    int Values,
    int Bytes,
    BlockDecoder? Decoder = null,
    ScalarType? Plain = null,
    RowEncoder? Encoder = null
)
{
    /// <summary>Whether tensors of this type can be read.</summary>
    public bool Readable => Plain is not null || Decoder is not null;
}
