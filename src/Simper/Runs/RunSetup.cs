using Simper.Evaluation;
using Simper.Models;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Runs;

/// <summary>
/// A recipe's components: data, policy, objective, reference, trainer and evaluation, built the same way for training, planning,
/// evaluating, comparing and inspecting. Each part is created on first use, and kept; so a caller that needs only rows loads no
/// model.
/// <para> It owns the <see cref="Policy"/> and a reference model that follows it, and disposes both. It writes nothing and claims
/// no folder: that is <see cref="RunFolder"/>'s. Every member may throw a <see cref="SimperException"/> that names the recipe key
/// and what to do: a path that is missing, a file that is damaged, rows that the objective cannot take. Not thread safe.
/// </para>
/// </summary>
/// <param name="recipe">The recipe to build from.</param>
public sealed class RunSetup(Recipe recipe) : IDisposable
{
    private LanguageModel? _policy;
    private LanguageModel? _followed;
    private (PreferenceDataset, PreferenceDataset?)? _rows;
    private TokenizedDataset? _heldOutTokens;
    private IReadOnlyList<TokenizedGroup>? _train;
    private IReadOnlyList<TokenizedGroup>? _heldOut;
    private int? _tokensPerPass;

    /// <summary>The recipe.</summary>
    public Recipe Recipe => recipe;

    /// <summary>
    /// Whether the policy is only scored: it is then loaded without master weights, passes need no gradients, and rows keep their
    /// file order.
    /// </summary>
    public bool ForScoring { get; init; }

    /// <summary>The policy's dtypes; null for the recipe's, or the fastest on this machine.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Stops reading, loading and tokenizing: whatever of it a member does on its first use.</summary>
    public CancellationToken Cancel { get; init; }

    /// <summary>The loss.</summary>
    public Objective Objective => recipe.Objective;

    /// <summary>The reference, once it is known: see <see cref="MakeReference"/> and <see cref="HoldTo"/>.</summary>
    public Reference? Reference { get; private set; }

    /// <summary>The training rows and the held-out ones, if any.</summary>
    public (PreferenceDataset Train, PreferenceDataset? HeldOut) Rows => _rows ??= OpenRows();

    /// <summary>The model before its first step, with training state unless <see cref="ForScoring"/>.</summary>
    public LanguageModel Policy => _policy ??= OpenModel(Precision);

    /// <summary>The training rows, tokenized.</summary>
    public TokenizedDataset TrainTokens => field ??= Tokenize(Rows.Train);

    /// <summary>The held-out rows, tokenized; null if nothing is held out.</summary>
    public TokenizedDataset? HeldOutTokens => _heldOutTokens ??= Rows.HeldOut is { } rows ? Tokenize(rows) : null;

    /// <summary>How long rows were read and tokenized.</summary>
    public TimeSpan DataTime { get; private set; }

    /// <summary>The training groups, as the objective takes them.</summary>
    public IReadOnlyList<TokenizedGroup> Train
    {
        get => _train ??= Arranged(TrainTokens);
        init => _train = value;
    }

    /// <summary>The held-out groups, as the objective takes them; null if nothing is held out.</summary>
    /// <exception cref="SimperException">None of them is usable.</exception>
    public IReadOnlyList<TokenizedGroup>? HeldOut
    {
        get =>
            _heldOut ??= HeldOutTokens switch
            {
                null => null,
                { Count: 0 } => throw new SimperException(
                    "None of the held-out rows can be used; hold out more (test_split_size), raise max_length, or hold out "
                        + "nothing (test_split_size: 0)."
                ),
                var tokens => Arranged(tokens),
            };
        init => _heldOut = value;
    }

    /// <summary>
    /// The training groups that every evaluation scores for the ledger (<c>ledger_train_rows</c>), drawn from the seed, in the
    /// data's order. All of them, or those in memory.
    /// </summary>
    public IReadOnlyList<TokenizedGroup> LedgerTrain => field ??= DrawLedgerTrain();

    // The groups that may be scored: those created so far, and the training groups.
    private IEnumerable<IReadOnlyList<TokenizedGroup>> Known =>
        _heldOut is { } heldOut ? [_train ?? TrainTokens, heldOut] : [_train ?? TrainTokens];

    /// <summary>Whether each epoch is shuffled.</summary>
    /// <remarks>Mismatched answers are those of neighbours, whose reference scores are computed once.</remarks>
    public bool Shuffles => recipe.Shuffle && Objective.Takes != PreferenceKind.Mismatched;

    /// <summary>The groups of each step.</summary>
    public DataOrder Order
    {
        get => field ??= new DataOrder(Train, PairsPerStep, recipe.Seed, Shuffles);
        init;
    }

    /// <summary>Optimizer steps of a run.</summary>
    public int TotalSteps => Order.Steps(recipe.NumTrainEpochs, recipe.MaxSteps);

    /// <summary>The learning rate of every step.</summary>
    public RunRates Rates =>
        new()
        {
            TotalSteps = TotalSteps,
            Peak = recipe.LearningRate,
            Schedule = recipe.Schedule,
            Options = recipe.ScheduleOptions,
            Warmup = recipe.Warmup,
            WarmupMayCoverAll = !IsStrict,
        };

    /// <summary>
    /// Tokens per pass that is only scored: references and evaluations stay within <c>max_memory</c>, or the machine's memory.
    /// </summary>
    /// <exception cref="SimperException">Even the longest group alone does not fit.</exception>
    public int TokensPerScoringPass => _tokensPerPass ??= ScoringMemory.TokensPerPass(this, Policy, Known);

    /// <summary>The same for another model that is in memory too, and only these groups.</summary>
    /// <exception cref="SimperException">Even the longest group alone does not fit.</exception>
    internal int TokensPerScoringPassOf(LanguageModel model, IReadOnlyList<TokenizedGroup> groups) =>
        ScoringMemory.TokensPerPass(this, model, [groups]);

    // The training groups of the run's steps, where those are less than an epoch: the rest needs no reference.
    private IReadOnlyList<TokenizedGroup> Visited =>
        TotalSteps < Order.StepsPerEpoch ? [.. Order.GroupsOfFirst(TotalSteps)] : Train;

    private bool IsStrict => recipe.Compatibility == Compatibility.Strict;

    private int PairsPerStep => recipe.TrainBatchSize * recipe.GradientAccumulationSteps;

    /// <summary>The memory plan of training, starting from what the process holds now.</summary>
    /// <param name="besides">Bytes that will be taken besides.</param>
    /// <exception cref="SimperException">Even the smallest passes do not fit; the message says how much would.</exception>
    public MemoryPlan PlanMemory(long besides = 0) =>
        MemoryPlan.For(Policy, Train, Objective, recipe.MaxMemory ?? MemoryPlan.Available(), ProcessMemory.Now() + besides);

    /// <summary>
    /// Creates the reference that the objective needs, for all groups that the run visits: log-probs of the current policy,
    /// cached in <c>cache_dir</c>; or with <c>sync_ref_model</c> a second model. Nothing if the objective needs none.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void MakeReference(CancellationToken cancel = default)
    {
        if (!Objective.NeedsReference)
            return;
        if (recipe.SyncRefModel)
        {
            _followed ??= OpenModel(Policy.Precision);
            Reference = new ReferenceModel(_followed)
            {
                SyncSteps = recipe.RefModelSyncSteps,
                MixupAlpha = recipe.RefModelMixupAlpha,
            };
            return;
        }
        IReadOnlyList<TokenizedGroup>[] sets = [LedgerTrain, Visited, HeldOut ?? []];
        Reference = ReferenceScores.Cached(
            recipe.CacheDir,
            Policy,
            [.. sets.Where(groups => groups.Count > 0).Distinct()], // all training groups may be the ledger's too
            Objective.Needs,
            TokensPerScoringPass,
            cancel: cancel
        );
    }

    /// <summary>Scores groups with the current policy, as a reference for a part of the data.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ReferenceScores Score(IReadOnlyList<TokenizedGroup> groups, CancellationToken cancel = default) =>
        ReferenceScores.Of(Policy, groups, TokensPerScoringPass, Objective.Needs, cancel: cancel);

    /// <summary>Sets a reference made elsewhere, such as scores that several runs share.</summary>
    public void HoldTo(Reference? reference) => Reference = reference;

    /// <summary>Sets how many tokens a scored pass has, as an earlier part of the run had it.</summary>
    internal void HoldToPasses(int tokensPerScoringPass) => _tokensPerPass = tokensPerScoringPass;

    /// <summary>The trainer of the policy, with <see cref="Reference"/>.</summary>
    /// <param name="plan">How large its passes are; null for as large as is worthwhile.</param>
    public Trainer MakeTrainer(MemoryPlan? plan = null) =>
        new(Policy, Train, Objective)
        {
            LearningRate = recipe.LearningRate,
            Schedule = recipe.Schedule,
            ScheduleOptions = recipe.ScheduleOptions,
            Warmup = recipe.Warmup,
            WarmupMayCoverAll = !IsStrict,
            PairsPerStep = PairsPerStep,
            PairsPerMicroBatch = recipe.TrainBatchSize,
            MicroBatchesCountAlike = !IsStrict && !Objective.IsMeanOverTokens,
            LogsAsManyPairsAsLast = recipe.Compatibility == Compatibility.TrlCpo,
            Order = Order,
            Epochs = recipe.NumTrainEpochs,
            MaxSteps = recipe.MaxSteps,
            MaxGradientNorm = recipe.MaxGradNorm,
            Seed = recipe.Seed,
            RecomputeActivations = recipe.GradientCheckpointing,
            TokensPerMicroBatch = plan?.TokensPerMicroBatch ?? MemoryPlan.EnoughTokens,
            KeptTokens = plan?.KeptTokens ?? int.MaxValue,
            HeadRows = plan?.HeadRows ?? 0,
            MemoryBytes = recipe.MaxMemory ?? 0,
            References = Reference,
            NonFinite = recipe.NonFinite,
            Spikes = recipe.Spikes,
            Optimizer = new AdamWSettings
            {
                Beta1 = recipe.AdamBeta1,
                Beta2 = recipe.AdamBeta2,
                Epsilon = recipe.AdamEpsilon,
                WeightDecay = recipe.WeightDecay,
            },
        };

    /// <summary>Scores groups as the objective sees them, against <see cref="Reference"/>.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public PreferenceMetrics Evaluate(IReadOnlyList<TokenizedGroup> groups, CancellationToken cancel = default) =>
        PreferenceEvaluation.Run(
            Policy,
            groups,
            Objective,
            Reference,
            recipe.EvalBatchSize,
            TokensPerScoringPass,
            cancel: cancel
        );

    /// <summary>Refuses a recipe without some keys.</summary>
    /// <param name="keys">Names and values.</param>
    /// <exception cref="SimperException">A value is empty; the message names the key.</exception>
    public static void ExpectGiven(params ReadOnlySpan<(string Key, string Value)> keys)
    {
        foreach ((string key, string value) in keys)
        {
            if (value.Length == 0)
                throw new SimperException($"{key} is missing; give it in the recipe or as --{key}.");
        }
    }

    public void Dispose()
    {
        _policy?.Dispose();
        _followed?.Dispose();
    }

    private (PreferenceDataset, PreferenceDataset?) OpenRows()
    {
        recipe.Tokenization.Validate();
        using var timed = new Timed(this);
        return RecipeRows.Open(recipe, Cancel);
    }

    private IReadOnlyList<TokenizedGroup> DrawLedgerTrain()
    {
        int count = recipe.Ledger == LedgerScope.No ? 0 : recipe.LedgerTrainRows;
        if (count == 0)
            return [];
        if (count >= TrainTokens.Count)
            return Train;
        int[] drawn = DeterministicRandom.For((ulong)recipe.Seed, "ledger").Permutation(TrainTokens.Count)[..count];
        return Arranged([.. drawn.Order().Select(i => TrainTokens[i])]);
    }

    private LanguageModel OpenModel(Precision? precision) => RecipeModel.Open(recipe, precision, !ForScoring, Cancel);

    private TokenizedDataset Tokenize(PreferenceDataset rows)
    {
        GroupTokenizer tokenizer = Policy.Files.GroupTokenizer(recipe.Tokenization);
        using var timed = new Timed(this);
        return TokenizedDataset.Of(rows, tokenizer, recipe.CacheDir, Identity(), cancel: Cancel);
    }

    // Adds the time of a scope to the time that the data took.
    private readonly struct Timed(RunSetup setup) : IDisposable
    {
        private readonly long _began = System.Diagnostics.Stopwatch.GetTimestamp();

        public void Dispose() => setup.DataTime += System.Diagnostics.Stopwatch.GetElapsedTime(_began);
    }

    private string Identity() =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Policy.Files.TokenizerJson ?? []))
        + string.Concat(Policy.Files.TemplateSources.Select(t => t.Key + t.Value))
        + string.Join(',', Policy.Files.StopIds);

    private IReadOnlyList<TokenizedGroup> Arranged(IReadOnlyList<TokenizedGroup> rows) =>
        Objective.Arrange(
            rows,
            recipe.TrainBatchSize,
            recipe.MaxLength,
            recipe.Shuffle && IsStrict && !ForScoring ? recipe.Seed : null
        );
}
