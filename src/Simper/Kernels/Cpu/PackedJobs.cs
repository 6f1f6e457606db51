namespace Simper.Kernels.Cpu;

/// <summary>Unpacks successive rows, some to each thread.</summary>
internal readonly unsafe struct UnpackRows<TCompute> : IJob
    where TCompute : unmanaged
{
    /// <summary>Rows of an item.</summary>
    private const int RowsOfItem = 8;

    public required PackedMatrix Packed { get; init; }
    public required int First { get; init; }
    public required int Count { get; init; }
    public required TCompute* To { get; init; } // [Count, columns]

    public int Items => (Count + RowsOfItem - 1) / RowsOfItem;

    public void Run(int item)
    {
        int row = item * RowsOfItem;
        int columns = Packed.Columns;
        PackedTile<TCompute>.Unpack(
            Packed,
            First + row,
            Math.Min(RowsOfItem, Count - row),
            0,
            columns,
            To + (long)row * columns,
            columns
        );
    }
}

/// <summary>Rows by their numbers, widened: embeddings.</summary>
internal readonly unsafe struct GatherRows<TCompute, TWide> : IJob
    where TCompute : unmanaged
    where TWide : unmanaged
{
    public required PackedMatrix Packed { get; init; }
    public required long* Ids { get; init; }
    public required TWide* Result { get; init; } // [items, columns]

    public void Run(int item)
    {
        int columns = Packed.Columns;
        var row = (TCompute*)Scratch.Of((long)columns * sizeof(TCompute));
        PackedTile<TCompute>.Unpack(Packed, (int)Ids[item], 1, 0, columns, row, columns);
        TWide* to = Result + (long)item * columns;
        for (int i = 0; i < columns; i += Lanes<TCompute, TWide>.Count)
            Lanes<TWide, TWide>.Store(to + i, Lanes<TCompute, TWide>.Load(row + i, columns - i), columns - i);
    }
}
