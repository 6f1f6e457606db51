namespace Simper.Runs;

/// <summary>What a run does where its model's health, measured at intervals, is in trouble (<c>health</c>).</summary>
public enum HealthResponse
{
    /// <summary>Nothing is measured.</summary>
    Off,

    /// <summary>It says so.</summary>
    Warn,

    /// <summary>It says so and lowers the learning rate, from then on.</summary>
    LowerRate,

    /// <summary>It returns to the latest healthy checkpoint and goes on from there with a lower rate.</summary>
    Rollback,
}
