namespace Simper.Runs.Guards;

/// <summary>Trouble with a model's health during a run.</summary>
/// <param name="Step">The step after which it was found.</param>
/// <param name="What">What was found, without a full stop.</param>
/// <param name="Done">What the run did about it, without a full stop.</param>
public sealed record HealthTrouble(int Step, string What, string Done);

/// <summary>What a run's health was so far. Immutable.</summary>
public sealed record HealthState
{
    /// <summary>The step of the latest healthy checkpoint, where such are kept: 0 is the start.</summary>
    public int Healthy { get; init; }

    /// <summary>How often the run returned to one.</summary>
    public int Rollbacks { get; init; }

    /// <summary>How severe the trouble was when the rate was lowered last, if it lasts; 0 while all is well.</summary>
    public double Severity { get; init; }

    /// <summary>The product of all that the learning rate was lowered by.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>All trouble, in order.</summary>
    public IReadOnlyList<HealthTrouble> Troubles { get; init; } = [];

    internal HealthState With(HealthTrouble trouble) => this with { Troubles = [.. Troubles, trouble] };
}
