using System.Globalization;

namespace Simper.Runs;

/// <summary>The recipe keys of steps: their rate, their size, what they cost.</summary>
internal static class OptimizationKeys
{
    public static IReadOnlyList<BoundKey> All { get; } =
    [
        .. BoundKey.Under(
            "Learning rate",
            BoundKey.Number(
                "learning_rate",
                "peak learning rate",
                (0, 1),
                r => r.LearningRate,
                (r, v) => r with { LearningRate = v }
            ),
            new BoundKey(
                "lr_scheduler_type",
                "shape of the learning rate: cosine, linear, constant and transformers' others",
                RecipeKeyKind.Choice
            )
            {
                Choices = RecipeSchedule.Names,
                Set = (r, v) => r with { Schedule = RecipeSchedule.Kind(v) },
                Get = r => RecipeSchedule.Name(r.Schedule),
            },
            new BoundKey("lr_scheduler_kwargs", "what the shape may be told, as {num_cycles: 2}", RecipeKeyKind.Map)
            {
                Set = (r, _) => r, // read once the shape is known
                Get = RecipeSchedule.Write,
            },
            BoundKey.Number(
                "warmup_steps",
                "steps of warm-up, or below 1 their share of all steps",
                (0, 1e9),
                r => r.Warmup,
                (r, v) => r with { Warmup = v }
            ) with
            {
                Aliases = ["warmup_ratio"],
            }
        ),
        .. BoundKey.Under(
            "Steps",
            BoundKey.Whole(
                "per_device_train_batch_size",
                "pairs of a pass; times gradient_accumulation_steps it is the pairs of a step",
                (1, int.MaxValue),
                r => r.TrainBatchSize,
                (r, v) => r with { TrainBatchSize = (int)v }
            ),
            BoundKey.Whole(
                "per_device_eval_batch_size",
                "pairs of an evaluation pass",
                (1, int.MaxValue),
                r => r.EvalBatchSize,
                (r, v) => r with { EvalBatchSize = (int)v }
            ),
            BoundKey.Whole(
                "gradient_accumulation_steps",
                "passes of a step",
                (1, int.MaxValue),
                r => r.GradientAccumulationSteps,
                (r, v) => r with { GradientAccumulationSteps = (int)v }
            ),
            BoundKey.Number(
                "num_train_epochs",
                "passes over the data",
                (1e-6, 1e6),
                r => r.NumTrainEpochs,
                (r, v) => r with { NumTrainEpochs = v }
            ),
            BoundKey.Whole(
                "max_steps",
                "stops after so many steps; -1 does not",
                (-1, int.MaxValue),
                r => r.MaxSteps,
                (r, v) => r with { MaxSteps = (int)v }
            )
        ),
        .. BoundKey.Under(
            "Optimizer and memory",
            BoundKey.Number(
                "weight_decay",
                "AdamW's decay of matrices",
                (0, 10),
                r => r.WeightDecay,
                (r, v) => r with { WeightDecay = v }
            ),
            BoundKey.Number(
                "adam_beta1",
                "AdamW: how much of the mean of earlier gradients is kept",
                (0, 0.9999999),
                r => r.AdamBeta1,
                (r, v) => r with { AdamBeta1 = v }
            ),
            BoundKey.Number(
                "adam_beta2",
                "AdamW: how much of the mean of their squares is kept",
                (0, 0.9999999),
                r => r.AdamBeta2,
                (r, v) => r with { AdamBeta2 = v }
            ),
            BoundKey.Number(
                "adam_epsilon",
                "AdamW: added to what an update is divided by",
                (0, 1),
                r => r.AdamEpsilon,
                (r, v) => r with { AdamEpsilon = v }
            ),
            BoundKey.Number(
                "max_grad_norm",
                "gradients of a larger norm are scaled down; 0 never",
                (0, 1e9),
                r => r.MaxGradNorm,
                (r, v) => r with { MaxGradNorm = v }
            ),
            BoundKey.Flag(
                "gradient_checkpointing",
                "compute activations twice, keep less memory",
                r => r.GradientCheckpointing,
                (r, v) => r with { GradientCheckpointing = v }
            ),
            new BoundKey(
                "max_memory",
                "what the process may hold, as 3GB or 800MB: passes are made small enough; empty takes what the machine has",
                RecipeKeyKind.Bytes
            )
            {
                Set = (r, v) => r with { MaxMemory = v.BytesOrNull() },
                Get = r => r.MaxMemory is { } bytes ? bytes.ToString(CultureInfo.InvariantCulture) : "",
            }
        ),
        .. BoundKey.Under(
            "Reference that follows",
            BoundKey.Flag(
                "sync_ref_model",
                "let the reference follow the policy (TR-DPO)",
                r => r.SyncRefModel,
                (r, v) => r with { SyncRefModel = v }
            ),
            BoundKey.Number(
                "ref_model_mixup_alpha",
                "what share of the policy goes into the reference when it follows",
                (0, 1),
                r => r.RefModelMixupAlpha,
                (r, v) => r with { RefModelMixupAlpha = v }
            ),
            BoundKey.Whole(
                "ref_model_sync_steps",
                "steps between two such updates",
                (1, int.MaxValue),
                r => r.RefModelSyncSteps,
                (r, v) => r with { RefModelSyncSteps = (int)v }
            )
        ),
    ];
}
