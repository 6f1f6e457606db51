namespace Simper.Judging.AlpacaEval;

/// <summary>
/// One of the published variants of the length-controlled win rate. Only <see cref="Official"/> is what leaderboards show.
/// </summary>
public sealed record LengthControlVariant
{
    private LengthControlVariant() { }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the difficulty of the instruction is a feature.</summary>
    public required bool HasDifficulty { get; init; }

    /// <summary>Whether the baseline's own longer and shorter answers tie the effect of length down.</summary>
    public required bool IsRegularised { get; init; }

    /// <summary>That of leaderboards.</summary>
    public static LengthControlVariant Official { get; } =
        new()
        {
            Name = "length_controlled_v1",
            HasDifficulty = true,
            IsRegularised = true,
        };

    /// <summary>Without the baseline's longer and shorter answers: some points lower for weak models.</summary>
    public static LengthControlVariant Unregularised { get; } =
        new()
        {
            Name = "length_controlled_noreg",
            HasDifficulty = true,
            IsRegularised = false,
        };

    /// <summary>Without difficulties too: needs nothing but the judged rows.</summary>
    public static LengthControlVariant Minimal { get; } =
        new()
        {
            Name = "length_controlled_minimal",
            HasDifficulty = false,
            IsRegularised = false,
        };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<LengthControlVariant> All { get; } = [Official, Unregularised, Minimal];

    /// <summary>The names of the coefficients, as files of weights have them.</summary>
    public IReadOnlyList<string> Columns =>
        HasDifficulty
            ? ["np.tanh(std_delta_len)", "instruction_difficulty", "not_gamed_baseline.astype(float)"]
            : ["np.tanh(std_delta_len)", "not_gamed_baseline.astype(float)"];

    internal double[] Features(double length, double difficulty, double isModel) =>
        HasDifficulty ? [length, difficulty, isModel] : [length, isModel];
}
