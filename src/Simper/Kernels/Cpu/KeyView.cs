namespace Simper.Kernels.Cpu;

/// <summary>
/// The keys that a block of queries attends to, in the order of its score rows: the ancestors', then the segment's own.
/// </summary>
internal readonly unsafe struct KeyView
{
    private readonly int _position; // of the first query
    private readonly int _window; // 0 for none

    public KeyView(Part[] parts, int position, int window)
    {
        (Parts, _position, _window) = (parts, position, window);
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = parts[i] with { At = Width };
            Width += parts[i].Columns;
        }
    }

    public Part[] Parts { get; }

    /// <summary>Length of a score row.</summary>
    public int Width { get; }

    /// <summary>
    /// Masks with minus infinity: the scores of padding, of keys after the query, and of keys before its window.
    /// </summary>
    public void Mask(float* scores, int row, int count)
    {
        for (int i = 0; i < count; i++)
        {
            foreach (Part part in Parts)
            {
                float* from = scores + (long)i * row + part.At;
                (int hidden, int seen) = Range(part, i);
                new Span<float>(from + seen, part.Columns - seen).Fill(float.NegativeInfinity);
                new Span<float>(from, hidden).Fill(float.NegativeInfinity);
            }
        }
    }

    /// <summary>Scores s become cap · tanh(s / cap), apart from those that will be masked.</summary>
    public void Cap(float* scores, int row, int count, double cap)
    {
        for (int i = 0; i < count; i++)
        {
            foreach (Part part in Parts)
            {
                (int hidden, int seen) = Range(part, i);
                SoftCapKernel<float, float>.Row(scores + (long)i * row + part.At + hidden, seen - hidden, cap);
            }
        }
    }

    // What the i-th query attends to of a part: [hidden, seen).
    private (int Hidden, int Seen) Range(Part part, int i)
    {
        int seen = Math.Min(part.Length, _position + i + 1 - part.Position);
        return (_window > 0 ? Math.Clamp(_position + i + 1 - _window - part.Position, 0, seen) : 0, seen);
    }

    /// <summary>
    /// Keys from <paramref name="Key"/> on, at positions from <paramref name="Position"/> on, stored from <see cref="At"/> on.
    /// </summary>
    public readonly record struct Part(int Key, int Length, int Position)
    {
        public int At { get; init; }

        public int Columns => KeyTree.Up(Length, KeyTree.Block);
    }
}
