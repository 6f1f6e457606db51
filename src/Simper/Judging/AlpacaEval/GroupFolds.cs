namespace Simper.Judging.AlpacaEval;

/// <summary>
/// Folds of equal size. Rows are dealt out in turn, the last of a sort first; since all keys of that sort are equal, the order
/// is the sort's own. This is the one that published figures were recorded with: a vectorised partition in registers of eight.
/// </summary>
internal static class GroupFolds
{
    private const int Lanes = 8;
    private const int Block = 4 * Lanes;
    private const int LeftInOrder = 256; // shorter lists keep their order

    /// <summary>The fold of each row.</summary>
    public static IReadOnlyList<int> Of(int rows, int folds)
    {
        int[] order = Order(rows);
        var fold = new int[rows];
        for (int i = 0; i < rows; i++)
            fold[order[rows - 1 - i]] = i % folds;
        return fold;
    }

    // All go to the right-hand side, eight at a time, and are read from where room is needed next.
    private static int[] Order(int rows)
    {
        int[] order = [.. Enumerable.Range(0, rows)];
        int right = rows;
        if (rows <= LeftInOrder)
            return order;
        for (int i = rows % Block; i > 0; i--)
        {
            right--;
            (order[0], order[right]) = (order[right], order[0]);
        }
        int[] first = order[..Block];
        int[] last = order[(right - Block)..right];
        int store = right - Lanes;
        int left = Block;
        right -= Block;
        void Store(ReadOnlySpan<int> block)
        {
            for (int i = 0; i < Block; i += Lanes)
            {
                block.Slice(i, Lanes).CopyTo(order.AsSpan(store));
                store -= Lanes;
            }
        }
        while (left != right)
        {
            bool isFromRight = store + Lanes - right < left;
            right -= isFromRight ? Block : 0;
            int[] block = order[(isFromRight ? right : left)..][..Block];
            left += isFromRight ? 0 : Block;
            Store(block);
        }
        Store(first);
        Store(last);
        return order;
    }
}
