using Simper.Models;
using Simper.Text.Preferences;

namespace Simper.Bench.Step;

/// <summary>The floating-point operations that a pair needs, backward included: no padding, one prompt, the head on scored tokens alone.</summary>
internal static class Work
{
    public static double NeededFlops(TokenizedGroup group, LanguageModel model)
    {
        DecoderShape shape = model.Shape;
        double head = (double)shape.Vocabulary * shape.Width, dense = model.ParameterCount - head * (shape.TiedHead ? 1 : 2);
        double tokens = group.Prompt.Length + group.Answers.Sum(a => a.Ids.Length), scored = group.Answers.Sum(a => a.IsScored.Count(s => s));
        double p = group.Prompt.Length;
        double seen = p * (p + 1) / 2 + group.Answers.Sum(a => a.Ids.Length * p + a.Ids.Length * (a.Ids.Length + 1.0) / 2);
        return 6 * (dense * tokens + head * scored) + 12.0 * shape.Layers * shape.Heads * shape.HeadWidth * seen;
    }
}
