using Simper.Models.Layers;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Models.Adapters;

/// <summary>Values of A and B that training begins with.</summary>
internal sealed record StartValues(Tensor A, Tensor B);

/// <summary>
/// The values that an adapter begins with (<c>init_lora_weights</c>), drawn from one seed in the order of the modules. Same seed,
/// same values. Not thread safe.
/// </summary>
internal sealed class AdapterValues(AdapterConfig config, long seed) : IDisposable
{
    private readonly Generator _generator = new((ulong)seed, CPU);

    /// <summary>Of a linear module: A [r, inputs], B [outputs, r], float32; they belong to the open dispose scope.</summary>
    public StartValues Of(AdapterTarget target, AdaptedRows adapted)
    {
        (long rank, long inputs, long outputs) = (target.Rank, adapted.Columns, target.Module.Rows);
        return config.Start switch
        {
            AdapterStart.Gaussian => new(Normal(1.0 / rank, rank, inputs), zeros(outputs, rank)),
            AdapterStart.Orthogonal => Orthogonal(target),
            AdapterStart.Pissa => Pissa(target, adapted),
            // kaiming_uniform_ with a = √5: the bound is √(6 / ((1 + 5) inputs))
            _ => new(Uniform(1 / Math.Sqrt(inputs), rank, inputs), zeros(outputs, rank)),
        };
    }

    /// <summary>Of an embedding: A [words, r], as ours is, and B [width, r].</summary>
    public StartValues OfEmbedding(AdapterTarget target) =>
        new(zeros(target.Module.Rows, target.Rank), Normal(1, target.Module.Columns, target.Rank));

    // PEFT: A and B from alternate rows of one orthogonal matrix, so that B A = 0.
    private StartValues Orthogonal(AdapterTarget target)
    {
        long rank = target.Rank;
        if (rank % 2 != 0)
            throw new SimperException(
                $"init_lora_weights is orthogonal, which needs even ranks, and the rank of {target.Module.Name} is {rank}."
            );
        (Tensor q, _) = linalg.qr(randn([rank, rank], generator: _generator));
        Tensor odd = q.view(rank / 2, 2, rank).select(1, 0);
        Tensor even = q.view(rank / 2, 2, rank).select(1, 1);
        Tensor a = randn([target.Module.Columns, rank / 2], generator: _generator).mm(odd).t().Over(10);
        Tensor b = randn([target.Module.Rows, rank / 2], generator: _generator).mm(even).Over(10);
        return new(a.contiguous(), b);
    }

    // W = U S Vᵀ: s B A is its part of the r largest singular values, shared evenly between both.
    private StartValues Pissa(AdapterTarget target, AdaptedRows adapted)
    {
        Tensor weight = adapted.Values(0, adapted.Rows).to(ScalarType.Float32);
        int rank = target.Rank;
        (Tensor u, Tensor s, Tensor v) = config.PissaIterations == 0 ? Exact(weight, rank) : Approximate(weight, rank);
        Tensor root = s.Over(target.Scale).sqrt();
        return new((v * root).t().contiguous(), u * root);
    }

    private static (Tensor U, Tensor S, Tensor V) Exact(Tensor weight, int rank)
    {
        (Tensor u, Tensor s, Tensor vt) = linalg.svd(weight, fullMatrices: false);
        return (u.narrow(1, 0, rank), s.narrow(0, 0, rank), vt.narrow(0, 0, rank).t());
    }

    // Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1.
    private (Tensor U, Tensor S, Tensor V) Approximate(Tensor weight, int rank)
    {
        long columns = Math.Min(2L * rank, Math.Min(weight.size(0), weight.size(1)));
        (Tensor q, _) = linalg.qr(weight.mm(randn([weight.size(1), columns], generator: _generator)));
        for (int i = 0; i < config.PissaIterations; i++)
        {
            (Tensor p, _) = linalg.qr(weight.t().mm(q));
            (q, _) = linalg.qr(weight.mm(p));
        }
        (Tensor u, Tensor s, Tensor vt) = linalg.svd(q.t().mm(weight), fullMatrices: false);
        return (q.mm(u.narrow(1, 0, rank)), s.narrow(0, 0, rank), vt.narrow(0, 0, rank).t());
    }

    private Tensor Normal(double deviation, params long[] shape) => randn(shape, generator: _generator).Times(deviation);

    private Tensor Uniform(double bound, params long[] shape) => rand(shape, generator: _generator).Times(2 * bound).Plus(-bound);

    public void Dispose() => _generator.Dispose();
}
