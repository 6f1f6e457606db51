using System.Globalization;
using Simper.Models;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Runs;

/// <summary>How many tokens a pass without a backward pass may have: references and evaluations obey max_memory too.</summary>
internal static class ScoringMemory
{
    /// <summary>Above this many tokens larger passes gain almost nothing.</summary>
    public const int EnoughTokens = 4096;

    /// <summary>As many as fit, or are worthwhile.</summary>
    /// <exception cref="SimperException">max_memory is given, and the longest group alone does not fit.</exception>
    public static int TokensPerPass(RunSetup setup, LanguageModel model, IEnumerable<IReadOnlyList<TokenizedGroup>> groups)
    {
        long held = Math.Max(ProcessMemory.Now(), model.WeightBytes);
        Decoder decoder = model.Decoder;
        long memory = setup.Recipe.MaxMemory ?? MemoryPlan.Available();
        long head = decoder.Head.ChunkRows * decoder.Head.BytesPerRow;
        // While training, gradients and the optimizer are in memory as well.
        long free = memory - held - MemoryPlan.Work - head - (setup.ForScoring ? 0 : MemoryPlan.StateOf(setup.Policy));
        long perToken = decoder.Bytes.Passing + decoder.InputBytes / decoder.Shape.Layers;
        int longest = groups.Max(g => TokenExtent.Of(g).LongestGroup);
        if (setup.Recipe.MaxMemory is not null && free < longest * perToken)
            throw new SimperException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"max_memory is {memory / 1e9:F2} GB; the longest pair ({longest} tokens) can be scored in "
                        + $"{(memory - free + longest * perToken) / 1e9:F2} GB at least. Give that, or lower max_length."
                )
            );
        return (int)Math.Clamp(free / perToken, 1, EnoughTokens);
    }
}
