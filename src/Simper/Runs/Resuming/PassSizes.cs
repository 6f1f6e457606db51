using Simper.Training;

namespace Simper.Runs.Resuming;

/// <summary>The sizes of a run's passes, which the memory decided: sums are rounded as they are.</summary>
/// <param name="TokensPerMicroBatch"><see cref="Trainer.TokensPerMicroBatch"/>.</param>
/// <param name="KeptTokens"><see cref="Trainer.KeptTokens"/>.</param>
/// <param name="HeadRows"><see cref="Trainer.HeadRows"/>.</param>
/// <param name="TokensPerScoringPass"><see cref="RunSetup.TokensPerScoringPass"/>.</param>
public sealed record PassSizes(int TokensPerMicroBatch, int KeptTokens, long HeadRows, int TokensPerScoringPass)
{
    /// <summary>Those of a plan.</summary>
    internal static PassSizes Of(MemoryPlan plan, RunSetup setup) =>
        new(plan.TokensPerMicroBatch, plan.KeptTokens, plan.HeadRows, setup.TokensPerScoringPass);

    /// <summary>A plan with these sizes instead of its own.</summary>
    internal MemoryPlan In(MemoryPlan plan) =>
        plan with
        {
            TokensPerMicroBatch = TokensPerMicroBatch,
            KeptTokens = KeptTokens,
            HeadRows = HeadRows,
        };
}
