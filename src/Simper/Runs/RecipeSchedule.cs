using System.Globalization;
using System.Text.Json;
using Simper.Training;

namespace Simper.Runs;

/// <summary>
/// The names of learning-rate schedules (<c>lr_scheduler_type</c>), and the options of each (<c>lr_scheduler_kwargs</c>).
/// </summary>
internal static class RecipeSchedule
{
    private const string KwargsKey = "lr_scheduler_kwargs";

    private sealed record Option(
        string Name,
        ScheduleKind[] Kinds,
        Func<ScheduleOptions, RecipeValue, ScheduleOptions> Set,
        Func<ScheduleOptions, string?> Get
    );

    private static readonly (string Name, ScheduleKind Kind)[] Kinds =
    [
        ("linear", ScheduleKind.Linear),
        ("cosine", ScheduleKind.Cosine),
        ("constant", ScheduleKind.Constant),
        ("constant_with_warmup", ScheduleKind.ConstantWithWarmup),
        ("cosine_with_restarts", ScheduleKind.CosineWithRestarts),
        ("cosine_with_min_lr", ScheduleKind.CosineWithMinLr),
        ("cosine_warmup_with_min_lr", ScheduleKind.CosineWarmupWithMinLr),
        ("polynomial", ScheduleKind.Polynomial),
        ("inverse_sqrt", ScheduleKind.InverseSqrt),
        ("warmup_stable_decay", ScheduleKind.WarmupStableDecay),
    ];

    private static readonly (string Name, ScheduleCurve Curve)[] Curves =
    [
        ("linear", ScheduleCurve.Linear),
        ("cosine", ScheduleCurve.Cosine),
        ("1-sqrt", ScheduleCurve.OneMinusSqrt),
    ];

    private static readonly ScheduleKind[] WithMinLr = [ScheduleKind.CosineWithMinLr, ScheduleKind.CosineWarmupWithMinLr];

    private static readonly Option[] Options =
    [
        new(
            "num_cycles",
            [ScheduleKind.Cosine, ScheduleKind.CosineWithRestarts, .. WithMinLr, ScheduleKind.WarmupStableDecay],
            (o, v) => o with { Cycles = v.Number(0, 1e6) },
            o => Text(o.Cycles)
        ),
        new("min_lr", WithMinLr, (o, v) => o with { MinLearningRate = v.Number(0, 1) }, o => Text(o.MinLearningRate)),
        new("min_lr_rate", WithMinLr, (o, v) => o with { MinShare = v.Number(0, 1) }, o => Text(o.MinShare)),
        new(
            "min_lr_ratio",
            [ScheduleKind.WarmupStableDecay],
            (o, v) => o with { MinShare = v.Number(0, 1) },
            o => Text(o.MinShare)
        ),
        new(
            "warmup_lr_rate",
            [ScheduleKind.CosineWarmupWithMinLr],
            (o, v) => o with { WarmupShare = v.Number(0, 1) },
            o => Text(o.WarmupShare)
        ),
        new(
            "lr_end",
            [ScheduleKind.Polynomial],
            (o, v) => o with { EndLearningRate = v.Number(0, 1) },
            o => Text(o.EndLearningRate)
        ),
        new("power", [ScheduleKind.Polynomial], (o, v) => o with { Power = v.Number(0, 100) }, o => Text(o.Power)),
        new("timescale", [ScheduleKind.InverseSqrt], (o, v) => o with { Timescale = v.Count(1) }, o => Text(o.Timescale)),
        new(
            "num_decay_steps",
            [ScheduleKind.WarmupStableDecay],
            (o, v) => o with { DecaySteps = v.Count(1) },
            o => Text(o.DecaySteps)
        ),
        new(
            "num_stable_steps",
            [ScheduleKind.WarmupStableDecay],
            (o, v) => o with { StableSteps = v.Count(0) },
            o => Text(o.StableSteps)
        ),
        new(
            "warmup_type",
            [ScheduleKind.WarmupStableDecay],
            (o, v) => o with { WarmupCurve = v.Choice(Curves) },
            o => Text(o.WarmupCurve)
        ),
        new(
            "decay_type",
            [ScheduleKind.WarmupStableDecay],
            (o, v) => o with { DecayCurve = v.Choice(Curves) },
            o => Text(o.DecayCurve)
        ),
    ];

    public static ScheduleKind Kind(RecipeValue value) =>
        value.TextOrNull() == "reduce_lr_on_plateau"
            ? throw value.Wrong(
                $"be one of {string.Join(", ", Kinds.Select(k => k.Name))}: a rate that follows the evaluations is not a "
                    + "function of the step, and a run could not go on to the same bits"
            )
            : value.Choice(Kinds);

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names => [.. Kinds.Select(k => k.Name)];

    public static string Name(ScheduleKind kind) => Kinds.First(k => k.Kind == kind).Name;

    /// <summary>Reads lr_scheduler_kwargs for the recipe's schedule, whichever of the two keys came first.</summary>
    /// <param name="recipe">The recipe with all its other keys.</param>
    /// <param name="entry">The key lr_scheduler_kwargs, if set: a map in a file, JSON on the command line.</param>
    public static Recipe WithOptions(Recipe recipe, RecipeEntry? entry)
    {
        ScheduleOptions options = new();
        foreach (RecipeEntry value in entry is null ? [] : Values(entry))
        {
            string name = value.Key[(KwargsKey.Length + 1)..];
            Option option =
                Options.FirstOrDefault(o => o.Name == name && o.Kinds.Contains(recipe.Schedule))
                ?? throw Unknown(recipe.Schedule, entry!, name);
            options = option.Set(options, new RecipeValue(value));
        }
        Expect(recipe = recipe with { ScheduleOptions = options }, entry?.Place ?? "lr_scheduler_type");
        return recipe;
    }

    /// <exception cref="SimperException">The schedule lacks an option, or its final rate exceeds the learning rate.</exception>
    public static void Expect(Recipe recipe, string place)
    {
        ScheduleOptions options = recipe.ScheduleOptions;
        if (recipe.Schedule == ScheduleKind.WarmupStableDecay && options.DecaySteps is null)
            throw new SimperException(
                $"{place}: lr_scheduler_type warmup_stable_decay needs the steps of its descent, as {KwargsKey}: "
                    + "{num_decay_steps: 100}."
            );
        if (WithMinLr.Contains(recipe.Schedule) && options.MinLearningRate is null == options.MinShare is null)
            throw new SimperException(
                $"{place}: lr_scheduler_type {Name(recipe.Schedule)} needs one of min_lr and min_lr_rate in {KwargsKey}, "
                    + "as {min_lr_rate: 0.1}."
            );
        if (options.MinLearningRate > recipe.LearningRate)
            throw new SimperException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{place}: min_lr {options.MinLearningRate} is above learning_rate {recipe.LearningRate}."
                )
            );
        if (recipe.Schedule == ScheduleKind.Polynomial && (options.EndLearningRate ?? 1e-7) >= recipe.LearningRate)
            throw new SimperException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{place}: a polynomial ends at lr_end {options.EndLearningRate ?? 1e-7}, which has to be below "
                        + $"learning_rate {recipe.LearningRate}; give a lower lr_end in {KwargsKey}."
                )
            );
    }

    /// <summary>Reported below, as for JSON that is not a map.</summary>
    public static string Write(Recipe recipe)
    {
        string[] given =
        [
            .. Options
                .Where(o => o.Kinds.Contains(recipe.Schedule))
                .Select(o => (o.Name, Value: o.Get(recipe.ScheduleOptions)))
                .Where(o => o.Value is not null)
                .Select(o => $"\"{o.Name}\": {o.Value}"),
        ];
        return given.Length == 0 ? "" : $"{{{string.Join(", ", given)}}}";
    }

    private static List<RecipeEntry> Values(RecipeEntry entry)
    {
        if (entry.Value.Length == 0)
            return [];
        try
        {
            using var json = JsonDocument.Parse(entry.Value);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return
                [
                    .. json
                        .RootElement.EnumerateObject()
                        .Where(p => p.Value.ValueKind != JsonValueKind.Null)
                        .Select(p => new RecipeEntry($"{KwargsKey}.{p.Name}", p.Value.ToString(), entry.Place)),
                ];
        }
        catch (JsonException)
        {
            // Reported below, as for JSON that is not a map.
        }
        throw new RecipeValue(entry).Wrong("be a map, as {num_cycles: 2} in a file or '{\"num_cycles\": 2}' on the command line");
    }

    private static SimperException Unknown(ScheduleKind kind, RecipeEntry entry, string name)
    {
        string[] has = [.. Options.Where(o => o.Kinds.Contains(kind)).Select(o => o.Name)];
        return new SimperException(
            $"{entry.Subject} has {name}, which lr_scheduler_type {Name(kind)} does not read; "
                + (has.Length == 0 ? "it reads nothing." : $"it reads {string.Join(", ", has)}.")
        );
    }

    private static string? Text<T>(T? value)
        where T : struct, IFormattable => value?.ToString(null, CultureInfo.InvariantCulture);

    private static string? Text(ScheduleCurve? curve) => curve is { } c ? $"\"{Curves.First(x => x.Curve == c).Name}\"" : null;
}
