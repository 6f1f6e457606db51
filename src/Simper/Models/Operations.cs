using Simper.Text.Preferences;

namespace Simper.Models;

/// <summary>Floating-point operations, counted as multiplications and additions.</summary>
public static class Operations
{
    /// <summary>
    /// What training on a group needs: the forward pass and as much for the gradients of inputs and of weights each, 6 operations
    /// per weight and token; of a frozen weight 4. No padding, one prompt per group, the head on scored tokens only; attention over the tokens that each token attends
    /// to.
    /// </summary>
    /// <param name="group">The group.</param>
    /// <param name="shape">The model's shape.</param>
    /// <param name="parameters">Its weights.</param>
    /// <param name="trained">How many of them train.</param>
    public static double Needed(TokenizedGroup group, DecoderShape shape, long parameters, long trained)
    {
        double head = (double)shape.Vocabulary * shape.Width;
        double dense = parameters - head * (shape.TiedHead ? 1 : 2) - shape.IdleWeights;
        double tokens = group.Prompt.Length + group.Answers.Sum(a => a.Ids.Length);
        double scored = group.Answers.Sum(a => a.IsScored.Count(s => s));
        double p = group.Prompt.Length;
        double seen = p * (p + 1) / 2 + group.Answers.Sum(a => a.Ids.Length * p + a.Ids.Length * (a.Ids.Length + 1.0) / 2);
        return (4 + 2.0 * trained / parameters) * (dense * tokens + head * scored)
            + 12.0 * shape.Layers * shape.QueryWidth * seen;
    }
}
