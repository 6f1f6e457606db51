namespace Simper.Models.Gguf;

/// <summary>A mixture of tensor types that llama.cpp names: what <c>--type</c> chooses.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">The number of general.file_type.</param>
/// <param name="TensorType">The type of most matrices.</param>
public sealed record GgufFileType(string Name, uint Id, string TensorType)
{
    /// <summary>All that Simper writes.</summary>
    public static IReadOnlyList<GgufFileType> All { get; } =
    [new("F32", 0, "F32"), new("F16", 1, "F16"), new("BF16", 32, "BF16"), new("Q8_0", 7, "Q8_0"), new("Q4_K_M", 15, "Q4_K")];

    /// <summary>The mixture of a name, in capitals or not.</summary>
    /// <exception cref="SimperException">There is none.</exception>
    public static GgufFileType Parse(string name) =>
        All.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new SimperException(
            $"--type {name} is none that a GGUF file is written in; give one of {string.Join(", ", All.Select(t => t.Name))}."
        );
}
