namespace Simper.Models;

/// <summary>What a slot holds; decides initialisation and weight decay.</summary>
internal enum SlotKind
{
    Matrix,
    Bias,
    Norm,
}

/// <summary>One of our parameters and the published tensors whose rows it stacks.</summary>
internal sealed record WeightSlot(string Name, SlotKind Kind, IReadOnlyList<WeightPart> Parts)
{
    /// <summary>The shape of all parts together.</summary>
    public long[] Shape => [Parts.Sum(p => p.Rows), .. Parts[0].RowShape[1..]];

    /// <summary>The parts, each with its first row.</summary>
    public IEnumerable<(WeightPart Part, long FirstRow)> PartsInRows
    {
        get
        {
            long row = 0;
            foreach (WeightPart part in Parts)
            {
                yield return (part, row);
                row += part.Rows;
            }
        }
    }

    /// <summary>Whether all parts are trainable, or none: they are one matrix.</summary>
    /// <exception cref="SimperException">Some are and some are not.</exception>
    public bool IsTrained(Func<string, bool> trains)
    {
        WeightPart[] trained = [.. Parts.Where(p => trains(p.Name))];
        if (trained.Length > 0 && trained.Length < Parts.Count)
            throw new SimperException(
                $"{trained[0].Name} is to be trained and {Parts.First(p => !trained.Contains(p)).Name} is not, but they are one "
                    + "matrix here; train both, or neither."
            );
        return trained.Length > 0;
    }

    /// <summary>Number of values.</summary>
    public long Count => Shape.Aggregate((a, b) => a * b);
}

/// <summary>A published tensor: its name and shape in the Hugging Face folder, and how its values lie in ours.</summary>
internal sealed record WeightPart(string Name, long[] Shape)
{
    /// <summary>How rows of ours become the published tensor; null where they are.</summary>
    public WeightLayout? Layout { get; init; }

    /// <summary>Its shape within our slot.</summary>
    public long[] RowShape => Layout?.RowShape(Shape) ?? Shape;

    /// <summary>Its rows in our slot.</summary>
    public long Rows => RowShape[0];
}
