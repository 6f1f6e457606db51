using Simper.Kernels;
using Simper.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Exports;

/// <summary>What a model gives to a sequence: the log-prob of each token, and the distribution of the next one.</summary>
/// <param name="LogProbs">Of each token from the second on.</param>
/// <param name="Next">log p of every word after the last token.</param>
internal sealed record ProbeScores(double[] LogProbs, double[] Next)
{
    private const int RowsAtOnce = 64;

    /// <summary>Scores a sequence of at least two tokens.</summary>
    public static ProbeScores Of(LanguageModel model, int[] ids)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor tokens = tensor(ids.Select(i => (long)i).ToArray());
        Tensor hidden = model.Decoder.Forward(tokens, TokenLayout.Of((ids.Length, -1)), tape: null);
        var logProbs = new List<double>();
        double[] next = [];
        for (int start = 0; start < ids.Length; start += RowsAtOnce)
        {
            using DisposeScope some = NewDisposeScope();
            int count = Math.Min(RowsAtOnce, ids.Length - start);
            Tensor logits = model.Decoder.Head.WideLogits(hidden.narrow(0, start, count)).to(ScalarType.Float64);
            Tensor all = nn.functional.log_softmax(logits, 1);
            int predicted = Math.Min(count, ids.Length - 1 - start);
            if (predicted > 0)
            {
                Tensor wanted = tokens.narrow(0, start + 1, predicted).unsqueeze(1);
                logProbs.AddRange(all.narrow(0, 0, predicted).gather(1, wanted).flatten().data<double>());
            }
            if (start + count == ids.Length)
                next = [.. all[count - 1].contiguous().data<double>()];
        }
        return new ProbeScores([.. logProbs], next);
    }

    /// <summary>Σ p (log p - log q) over the next token, in nats.</summary>
    public double DivergenceTo(ProbeScores other)
    {
        double sum = 0;
        for (int i = 0; i < Next.Length; i++)
        {
            if (double.IsFinite(Next[i]))
                sum += Math.Exp(Next[i]) * (Next[i] - other.Next[i]);
        }
        return sum;
    }

    /// <summary>The likeliest next token.</summary>
    public int Best => Array.IndexOf(Next, Next.Max());
}
