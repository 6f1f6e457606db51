namespace Simper.Objectives;

/// <summary>
/// A hyperparameter as given in recipes: a number within bounds, true and false as 1 and 0, or one of a few words.
/// </summary>
public abstract record Hyperparameter(string Key)
{
    /// <summary>What it does, for help texts and editors; without a full stop.</summary>
    public string Meaning { get; init; } = "";

    /// <summary>Smallest value.</summary>
    public double Low { get; init; }

    /// <summary>Largest value.</summary>
    public double High { get; init; } = 1e6;

    /// <summary>The words for 0, 1, ...; empty for numbers.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Whether it may be left empty, which switches its term off.</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>Whether only TRL's CPOTrainer has it: a recipe that sets it is for that trainer.</summary>
    public bool IsOfCpoTrainer { get; init; }

    /// <summary>Another key by which authors give it, as a ratio to another hyperparameter; null if none.</summary>
    public HyperparameterRatio? Ratio { get; init; }

    internal abstract Objective Set(Objective objective, double? value);

    internal abstract double? Get(Objective objective);
}

/// <inheritdoc/>
/// <param name="Key">The name in recipes: TRL's, where it has one.</param>
/// <param name="With">Copies the objective with another value.</param>
/// <param name="Of">Gets the value from an objective.</param>
/// <typeparam name="T">The objective.</typeparam>
public sealed record Hyperparameter<T>(string Key, Func<T, double?, T> With, Func<T, double?> Of) : Hyperparameter(Key)
    where T : Objective
{
    internal override Objective Set(Objective objective, double? value) => With((T)objective, value);

    internal override double? Get(Objective objective) => Of((T)objective);
}
