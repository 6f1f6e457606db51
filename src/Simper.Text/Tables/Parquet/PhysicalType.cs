namespace Simper.Text.Tables.Parquet;

/// <summary>How values of a column are stored.</summary>
/// <param name="Kind">Parquet's number of the type.</param>
/// <param name="Width">Bytes of a value; 0 for texts of any length.</param>
internal readonly record struct PhysicalType(long Kind, int Width)
{
    private const int LongestFixed = 1 << 20;

    public bool IsBoolean => Kind == 0;

    public bool IsInteger => Kind is 1 or 2;

    /// <exception cref="InvalidDataException">There is no such type.</exception>
    public static PhysicalType Of(long? kind, long? length) =>
        new(
            kind ?? -1,
            kind switch
            {
                0 => 1,
                1 or 4 => 4,
                2 or 5 => 8,
                3 => 12,
                6 => 0,
                7 when length is > 0 and <= LongestFixed => (int)length,
                _ => throw new InvalidDataException($"the type {kind} of a column is not known"),
            }
        );
}
