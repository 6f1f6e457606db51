using Simper.Text.Preferences;

namespace Simper.Models;

/// <summary>Floating-point operations, counted as multiplications and additions.</summary>
public static class Operations
{
    /// <summary>
    /// What training on a group needs: the forward pass and twice as much for the backward pass, 6 operations per weight and
    /// token. No padding, one prompt per group, the head on scored tokens only; attention over the tokens that each token attends
    /// to.
    /// </summary>
    public static double Needed(TokenizedGroup group, DecoderShape shape, long parameters)
    {
        double head = (double)shape.Vocabulary * shape.Width;
        double dense = parameters - head * (shape.TiedHead ? 1 : 2) - shape.IdleWeights;
        double tokens = group.Prompt.Length + group.Answers.Sum(a => a.Ids.Length);
        double scored = group.Answers.Sum(a => a.IsScored.Count(s => s));
        double p = group.Prompt.Length;
        double seen = p * (p + 1) / 2 + group.Answers.Sum(a => a.Ids.Length * p + a.Ids.Length * (a.Ids.Length + 1.0) / 2);
        return 6 * (dense * tokens + head * scored) + 12.0 * shape.Layers * shape.QueryWidth * seen;
    }
}
