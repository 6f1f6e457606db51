using Simper.Kernels;
using Simper.Kernels.Cpu;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Models;

// Legend: N sequences, D width, H heads, K key-value heads, E head width, I inner width, V words.

/// <summary>
/// One new token for each of a few sequences, from its id to the logits of the next: the operations of <see cref="Block.Extend"/>
/// in its order, on memory that is taken once. No tensor is made on the way: making them took a quarter of the time of a
/// token. Lies over the decoder's weights, which outlive it. Not thread safe.
/// </summary>
internal abstract class DecodingPass : IDisposable
{
    /// <summary>A pass over a decoder, in its precision.</summary>
    public static DecodingPass For(Decoder decoder) =>
        decoder.Precision.Compute switch
        {
            ScalarType.BFloat16 => new Typed<BFloat16, float>(decoder),
            ScalarType.Float32 => new Typed<float, float>(decoder),
            _ => new Typed<double, double>(decoder),
        };

    /// <summary>The logits [N, V], wide, after a new token of each sequence: a view that the next call overwrites.</summary>
    /// <param name="ids">The tokens, at most <see cref="KernelSet.FewRows"/>.</param>
    /// <param name="at">Segments of one token each, and their rotations.</param>
    /// <param name="caches">Keys and values of the sequences; the new tokens' are written behind them.</param>
    public abstract Tensor Logits(ReadOnlySpan<long> ids, Positions at, IReadOnlyList<KeyValueCache> caches);

    public abstract void Dispose();

    private sealed unsafe class Typed<TCompute, TWide> : DecodingPass
        where TCompute : unmanaged
        where TWide : unmanaged
    {
        private readonly DecoderShape _shape;
        private readonly Layer[] _layers;
        private readonly TCompute* _embedding;
        private readonly TCompute* _head;
        private readonly TWide* _finalNorm;
        private readonly Tensor _wide;
        private readonly Tensor _compute;
        private readonly Tensor _logits; // the memory under the pointers that follow
        private readonly TWide* _stream;
        private readonly TWide* _inverseRms;
        private readonly TCompute* _normalised;
        private readonly TCompute* _queryKeyValue;
        private readonly TCompute* _attended;
        private readonly TCompute* _gateUp;
        private readonly TCompute* _gated;

        public Typed(Decoder decoder)
        {
            _shape = decoder.Shape;
            DecoderWeights weights = decoder.Weights;
            _layers = [.. weights.Blocks.Select(b => new Layer(b))];
            _embedding = Compute(weights.Embedding);
            _head = Compute(weights.Head);
            _finalNorm = Wide(weights.FinalNorm);
            int rows = KernelSet.FewRows;
            int qkv = _shape.QueryWidth + 2 * _shape.KeyValueWidth;
            Precision precision = decoder.Precision;
            _wide = empty([rows, _shape.Width + 1], dtype: precision.Wide).DetachFromDisposeScope();
            _compute = empty([rows, _shape.Width + qkv + _shape.QueryWidth + 3 * _shape.InnerWidth], dtype: precision.Compute)
                .DetachFromDisposeScope();
            _logits = empty([rows, _shape.Vocabulary], dtype: precision.Wide).DetachFromDisposeScope();
            _stream = (TWide*)TensorMemory.Pointer(_wide);
            _inverseRms = _stream + rows * _shape.Width;
            _normalised = (TCompute*)TensorMemory.Pointer(_compute);
            _queryKeyValue = _normalised + rows * _shape.Width;
            _attended = _queryKeyValue + rows * qkv;
            _gateUp = _attended + rows * _shape.QueryWidth;
            _gated = _gateUp + rows * 2 * _shape.InnerWidth;
        }

        public override Tensor Logits(ReadOnlySpan<long> ids, Positions at, IReadOnlyList<KeyValueCache> caches)
        {
            int n = ids.Length;
            for (int i = 0; i < n; i++)
            {
                Run(
                    new ElementKernels<TCompute, TWide>.Widen
                    {
                        X = _embedding + ids[i] * _shape.Width,
                        Result = _stream + i * _shape.Width,
                        Numbers = _shape.Width,
                    },
                    ElementKernels<TCompute, TWide>.Blocks(_shape.Width)
                );
            }
            CacheRows<TCompute>[] cached = [.. caches.Select(c => new CacheRows<TCompute>(c.Heads))];
            for (int layer = 0; layer < _layers.Length; layer++)
            {
                Attention(n, layer, at, cached);
                Mlp(n, _layers[layer]);
            }
            Norm(n, _finalNorm);
            AddTo((TWide*)TensorMemory.Pointer(_logits), null, n, _normalised, _head, null, _shape.Width, _shape.Vocabulary);
            return _logits.narrow(0, 0, n);
        }

        private void Attention(int n, int layer, Positions at, CacheRows<TCompute>[] caches)
        {
            Layer weights = _layers[layer];
            HeadShape heads = _shape.HeadShape;
            int row = _shape.QueryWidth + 2 * _shape.KeyValueWidth;
            Norm(n, weights.AttentionNorm);
            Linear(_queryKeyValue, n, _normalised, weights.QueryKeyValue, weights.QueryKeyValueBias, _shape.Width, row);
            Run(
                new ElementKernels<TCompute, TWide>.Rotate
                {
                    Heads = _queryKeyValue,
                    Cos = (TWide*)TensorMemory.Pointer(at.Cos),
                    Sin = (TWide*)TensorMemory.Pointer(at.Sin),
                    RowNumbers = row,
                    Turned = heads.Heads + heads.KeyValueHeads,
                    HeadWidth = heads.HeadWidth,
                },
                n
            );
            Run(
                new CachedAttentionKernel<TCompute, TWide>.Forward
                {
                    Append = new()
                    {
                        Inputs = AttentionInputs<TCompute>.Of(_queryKeyValue, heads),
                        Layout = at.Layout,
                        Caches = caches,
                        Layer = layer,
                    },
                    Output = _attended,
                },
                n * heads.KeyValueHeads
            );
            AddTo(_stream, _stream, n, _attended, weights.Output, weights.OutputBias, _shape.QueryWidth, _shape.Width);
        }

        private void Mlp(int n, Layer weights)
        {
            Norm(n, weights.MlpNorm);
            Linear(_gateUp, n, _normalised, weights.GateUp, weights.GateUpBias, _shape.Width, 2 * _shape.InnerWidth);
            Run(
                new ElementKernels<TCompute, TWide>.Gate
                {
                    GateUp = _gateUp,
                    Result = _gated,
                    Inner = _shape.InnerWidth,
                },
                n
            );
            AddTo(_stream, _stream, n, _gated, weights.Down, weights.DownBias, _shape.InnerWidth, _shape.Width);
        }

        private void Norm(int n, TWide* weight) =>
            Run(
                new RmsNormKernel<TCompute, TWide>.Forward
                {
                    X = _stream,
                    Weight = weight,
                    InverseRms = _inverseRms,
                    Output = _normalised,
                    Rows = n,
                    Width = _shape.Width,
                    Epsilon = _shape.NormEpsilon,
                    KnowsRms = false,
                },
                RmsNormKernel<TCompute, TWide>.Blocks(n)
            );

        private static void Linear(
            TCompute* result,
            int n,
            TCompute* x,
            TCompute* weight,
            TCompute* bias,
            int inputs,
            int outputs
        )
        {
            var operands = new LinearKernel<TCompute, TWide>.Operands(x, weight, bias, n, inputs, outputs);
            Run(new LinearKernel<TCompute, TWide>.Rounded { Of = operands, Result = result }, operands.Items);
        }

        private static void AddTo(
            TWide* result,
            TWide* residual,
            int n,
            TCompute* x,
            TCompute* weight,
            TCompute* bias,
            int inputs,
            int outputs
        )
        {
            var operands = new LinearKernel<TCompute, TWide>.Operands(x, weight, bias, n, inputs, outputs);
            Run(
                new LinearKernel<TCompute, TWide>.Wide
                {
                    Of = operands,
                    Residual = residual,
                    Result = result,
                },
                operands.Items
            );
        }

        private static void Run<TJob>(in TJob job, int items)
            where TJob : struct, IJob => Workers.Run(job, items);

        private static TCompute* Compute(Parameter? parameter) =>
            parameter is null ? null : (TCompute*)TensorMemory.Pointer(parameter.Compute);

        private static TWide* Wide(Parameter norm) => (TWide*)TensorMemory.Pointer(norm.Master);

        public override void Dispose()
        {
            _wide.Dispose();
            _compute.Dispose();
            _logits.Dispose();
        }

        /// <summary>Where a block's weights lie: optimizers move them in place, so they stay there.</summary>
        private readonly struct Layer(BlockWeights block)
        {
            public readonly TWide* AttentionNorm = Wide(block.AttentionNorm);
            public readonly TWide* MlpNorm = Wide(block.MlpNorm);
            public readonly TCompute* QueryKeyValue = Compute(block.QueryKeyValue);
            public readonly TCompute* QueryKeyValueBias = Compute(block.QueryKeyValueBias);
            public readonly TCompute* Output = Compute(block.Output);
            public readonly TCompute* OutputBias = Compute(block.OutputBias);
            public readonly TCompute* GateUp = Compute(block.GateUp);
            public readonly TCompute* GateUpBias = Compute(block.GateUpBias);
            public readonly TCompute* Down = Compute(block.Down);
            public readonly TCompute* DownBias = Compute(block.DownBias);
        }
    }
}
