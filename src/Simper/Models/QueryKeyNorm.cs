namespace Simper.Models;

/// <summary>How queries and keys are normed before their rotation.</summary>
public enum QueryKeyNorm
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Each head, with one weight for all heads (Qwen3, Gemma 3).</summary>
    Head,

    /// <summary>Each head, with a weight of its own (StableLM).</summary>
    OwnHead,

    /// <summary>All heads at once (OLMo 2).</summary>
    Whole,
}
