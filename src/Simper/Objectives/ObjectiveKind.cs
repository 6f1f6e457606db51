namespace Simper.Objectives;

/// <summary>An objective as recipes refer to it: its names, its defaults, and the keys of its hyperparameters.</summary>
public abstract record ObjectiveKind
{
    /// <summary>The name in recipes.</summary>
    public abstract string Name { get; }

    /// <summary>Other names that recipes may use: TRL's, mostly.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Names for it with other settings than the default, such as TRL's <c>dft</c>.</summary>
    public abstract IReadOnlyList<(string Name, Objective Objective)> NamedVariants { get; }

    /// <summary>Names that TRL's CPOTrainer gives it, and that mean another loss elsewhere.</summary>
    public IReadOnlyList<string> CpoTrainerNames { get; init; } = [];

    /// <summary>The message for hyperparameters given to it, where there is more to say than that it has none.</summary>
    public NoHyperparameters? Refusal { get; init; }

    /// <summary>With the authors' hyperparameters.</summary>
    public abstract Objective Default { get; }

    /// <summary>With TRL's defaults, where they differ.</summary>
    public abstract Objective TrlDefault { get; }

    /// <summary>Its hyperparameters.</summary>
    public abstract IReadOnlyList<Hyperparameter> Hyperparameters { get; }
}

/// <inheritdoc/>
/// <param name="Defaults">With the authors' hyperparameters.</param>
/// <param name="Keys">Its hyperparameters.</param>
/// <typeparam name="T">The objective.</typeparam>
public sealed record ObjectiveKind<T>(T Defaults, params IReadOnlyList<Hyperparameter<T>> Keys) : ObjectiveKind
    where T : Objective
{
    /// <summary>TRL's defaults, where they differ.</summary>
    public T? Trl { get; init; }

    /// <summary>Names for it with other settings.</summary>
    public IReadOnlyList<(string Name, T Objective)> Variants { get; init; } = [];

    public override IReadOnlyList<(string Name, Objective Objective)> NamedVariants =>
        [.. Variants.Select(v => (v.Name, (Objective)v.Objective))];

    public override string Name => Defaults.Name;

    public override Objective Default => Defaults;

    public override Objective TrlDefault => Trl ?? Defaults;

    public override IReadOnlyList<Hyperparameter> Hyperparameters => Keys;
}
