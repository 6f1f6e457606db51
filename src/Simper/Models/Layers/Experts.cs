using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, D width, E experts, k chosen experts of a token, I inner width of an expert, n tokens of one expert.

/// <summary>
/// A mixture of gated MLPs (Shazeer et al. 2017): each token goes through k of E experts, and the results are summed with the
/// router's weights. Tokens are gathered expert by expert, so that each expert is a product of the sizes it needs. A token's
/// results are summed in the order of its choices: the same bits for any number of threads.
/// </summary>
/// <param name="router">Chooses.</param>
/// <param name="gateUp">[E 2 I, D], the gates of an expert followed by its ups.</param>
/// <param name="gateUpBias">[E 2 I], or null.</param>
/// <param name="down">[E D, I]</param>
/// <param name="downBias">[E D], or null.</param>
/// <param name="activation">act.</param>
/// <param name="clamp">The limits of a clamped gate, or null.</param>
/// <param name="adapters">Of some experts.</param>
/// <param name="kernels">The operations.</param>
internal sealed class Experts(
    Router router,
    Weight gateUp,
    TensorWeight? gateUpBias,
    Weight down,
    TensorWeight? downBias,
    Activation activation,
    GateClamp? clamp,
    ExpertAdapters adapters,
    KernelSet kernels
) : IBranch
{
    private readonly ExpertWeights _gateUp = new(gateUp, gateUpBias, adapters.GateUp, router.Experts, kernels);
    private readonly ExpertWeights _down = new(down, downBias, adapters.Down, router.Experts, kernels);

    public IEnumerable<Weight> Weights => [.. router.Weights, .. _gateUp.Weights, .. _down.Weights];

    public TokenBytes Bytes
    {
        get
        {
            long narrow = kernels.Precision.ComputeBytes;
            long wide = kernels.Precision.WideBytes;
            long width = _down.Outputs;
            // gate and up; logits; choices
            long kept = narrow * (router.Chosen * _gateUp.Outputs + router.Experts) + sizeof(long) * router.Chosen;
            return new(
                kept,
                wide * (2 * width + 2 * router.Experts)
                    + router.Chosen * (wide * width + narrow * (3 * width + 4 * _gateUp.Outputs))
            );
        }
    }

    public Tensor Forward(Tensor h, Tensor? residual, LayerPass pass, Activations? kept)
    {
        using var scope = NewDisposeScope();
        (Tensor logits, Tensor experts, Tensor weights) = router.Forward(h);
        pass.RouterLoss?.Add(logits, experts, kernels.Precision.Wide);
        var plan = new ExpertPlan(experts, router.Experts, kernels);
        Tensor x = h.index_select(0, plan.Tokens); // [T k, D]
        var results = new List<Tensor>();
        foreach ((int expert, long first, long count) in plan.Runs)
        {
            Tensor gateAndUp = _gateUp.Forward(expert, x.narrow(0, first, count));
            results.Add(_down.Forward(expert, Gate(gateAndUp)));
            kept?.Keep(gateAndUp);
        }
        kept?.Keep(logits);
        kept?.Keep(experts);
        Tensor sum = Sum(cat(results, 0), plan, weights);
        return (residual is null ? sum : residual.Plus(sum)).MoveToOuterDisposeScope();
    }

    public Tensor Backward(Tensor dy, Func<Tensor> input, LayerPass pass, Activations kept)
    {
        using var scope = NewDisposeScope();
        Tensor experts = kept.Take();
        Tensor logits = kept.Take();
        Tensor weights = router.Shares(logits, experts);
        var plan = new ExpertPlan(experts, router.Experts, kernels);
        Tensor[] gateAndUps = [.. plan.Runs.Reverse().Select(_ => kept.Take()).Reverse()];
        Tensor h = input();
        Tensor x = h.index_select(0, plan.Tokens);
        Tensor flowing = dy.index_select(0, plan.Tokens); // of an expert's result, before its weight
        Tensor byRow = weights.reshape(-1).index_select(0, plan.Choices).unsqueeze(1); // [T k, 1]
        var dWeights = new List<Tensor>();
        var dInputs = new List<Tensor>();
        foreach (((int expert, long first, long count), Tensor gateAndUp) in plan.Runs.Zip(gateAndUps))
        {
            Tensor dResult = flowing.narrow(0, first, count);
            Tensor weight = byRow.narrow(0, first, count);
            Tensor gated = Gate(gateAndUp);
            Tensor dGated = Wide(_down.Backward(expert, dResult));
            Tensor along = (dGated * Wide(gated)).sum(-1);
            if (_down.BiasOf(expert) is { } bias)
                along.PlusInPlace((Wide(dResult) * Wide(bias)).sum(-1));
            dWeights.Add(along);
            _down.AddGradients(expert, kernels.Round(Wide(dResult) * weight), gated);
            Tensor dGateUp = GateBackward(kernels.Round(dGated * weight), gateAndUp);
            _gateUp.AddGradients(expert, dGateUp, x.narrow(0, first, count));
            dInputs.Add(_gateUp.Backward(expert, dGateUp));
        }
        Tensor dChosen = cat(dWeights, 0).index_select(0, plan.Rows).view(-1, router.Chosen);
        Tensor dRouter = router.Backward(dChosen, logits, experts, h, pass.RouterLoss);
        Tensor sum = Sum(cat(dInputs, 0), plan, null);
        sum.PlusInPlace(Wide(dRouter));
        return kernels.Round(sum).MoveToOuterDisposeScope();
    }

    private Tensor Gate(Tensor gateAndUp) =>
        clamp is { } limits ? kernels.ClampedGate(gateAndUp, limits) : kernels.Gate(gateAndUp, activation);

    private Tensor GateBackward(Tensor gradient, Tensor gateAndUp) =>
        clamp is { } limits
            ? kernels.ClampedGateBackward(gradient, gateAndUp, limits)
            : kernels.GateBackward(gradient, gateAndUp, activation);

    // Rows [T k, D], expert by expert, summed token by token [T, D], wide.
    private Tensor Sum(Tensor rows, ExpertPlan plan, Tensor? weights)
    {
        Tensor byToken = Wide(rows.index_select(0, plan.Rows)).view(-1, router.Chosen, rows.size(1));
        if (kernels.IsBatchInvariant && weights is not null)
            return SumInOrder(byToken, weights);
        return (weights is null ? byToken : byToken * weights.unsqueeze(2)).sum(1);
    }

    // libtorch's order of summation may depend on the number of tokens.
    private Tensor SumInOrder(Tensor byToken, Tensor weights)
    {
        Tensor sum = Term(0);
        for (int choice = 1; choice < router.Chosen; choice++)
            sum.PlusInPlace(Term(choice));
        return sum;

        Tensor Term(int choice) => byToken.select(1, choice) * weights.narrow(1, choice, 1);
    }

    private Tensor Wide(Tensor x) => x.to(kernels.Precision.Wide);
}
