using static TorchSharp.torch;

namespace Simper.Objectives;

/// <summary>What an objective says of P pairs.</summary>
/// <param name="Loss">[P], with gradient. The loss of a step is Σ Loss / Σ weight.</param>
/// <param name="ChosenReward">[P], for reports: TRL's <c>rewards/chosen</c>.</param>
/// <param name="RejectedReward">[P], for reports, or null where there is no rejected answer: <c>rewards/rejected</c>.</param>
public sealed record PairLoss(Tensor Loss, Tensor ChosenReward, Tensor? RejectedReward);
