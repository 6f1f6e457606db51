using static TorchSharp.torch;

namespace Simper.Kernels;

/// <summary>
/// A weight matrix W [N, D] as products read it: values in the compute dtype, or quantised blocks, of which they unpack a tile at
/// a time.
/// </summary>
internal readonly struct WeightMatrix
{
    private readonly Tensor? _values;

    private WeightMatrix(Tensor? values, PackedMatrix? packed, long rows, long columns) =>
        (_values, Packed, Rows, Columns) = (values, packed, rows, columns);

    /// <summary>The blocks, or null.</summary>
    public PackedMatrix? Packed { get; }

    /// <summary>The values, where they are not packed.</summary>
    public Tensor Values => _values ?? throw new InvalidOperationException("This matrix is packed.");

    /// <summary>N.</summary>
    public long Rows { get; }

    /// <summary>D.</summary>
    public long Columns { get; }

    /// <summary>
    /// Successive rows, as a view: of a stack of experts, one expert. Belongs to the open dispose scope.
    /// </summary>
    public WeightMatrix Slice(long first, long count) =>
        Packed is { } packed ? packed.Slice((int)first, (int)count) : Values.narrow(0, first, count);

    public static implicit operator WeightMatrix(Tensor values) => new(values, null, values.size(0), values.size(1));

    public static implicit operator WeightMatrix(PackedMatrix packed) => new(null, packed, packed.Rows, packed.Columns);
}
