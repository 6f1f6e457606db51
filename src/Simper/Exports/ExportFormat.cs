using Simper.Models.Gguf;
using TorchSharp;

namespace Simper.Exports;

/// <summary>What a model is exported as: a Hugging Face folder of a dtype, or a GGUF file of a mixture.</summary>
public sealed record ExportFormat
{
    private ExportFormat(string type, double tolerance) => (Type, Tolerance) = (type, tolerance);

    /// <summary>The dtype or the mixture, by its usual name.</summary>
    public string Type { get; }

    /// <summary>
    /// By how much the log-prob of a token may differ in the mean, in nats, and the next-token distributions in the mean (KL
    /// divergence): rounding to this type, with room.
    /// </summary>
    public double Tolerance { get; }

    /// <summary>The same where an adapter was merged: each weight is rounded once more, to float32.</summary>
    internal const double OfMerging = 1e-4;

    /// <summary>The dtype of a Hugging Face folder; null for GGUF.</summary>
    internal torch.ScalarType? Dtype { get; private init; }

    /// <summary>The mixture of a GGUF file; null for a folder.</summary>
    internal GgufFileType? File { get; private init; }

    /// <summary>The format of two names, as the options have them.</summary>
    /// <param name="format">hf or gguf.</param>
    /// <param name="type">A dtype (float32, float16, bfloat16), or a mixture (F32, F16, BF16, Q8_0, Q4_K_M); null for the usual
    /// one.</param>
    /// <exception cref="SimperException">There is none of these names.</exception>
    public static ExportFormat Parse(string format, string? type) =>
        format switch
        {
            "hf" => Folder(type ?? "bfloat16"),
            "gguf" => Gguf(GgufFileType.Parse(type ?? "F16")),
            _ => throw new SimperException($"--format {format} is none of hf, gguf."),
        };

    private static ExportFormat Folder(string type) =>
        type.ToLowerInvariant() switch
        {
            "float32" or "f32" or "fp32" => new("float32", 1e-5) { Dtype = torch.ScalarType.Float32 },
            "float16" or "f16" or "fp16" => new("float16", 0.01) { Dtype = torch.ScalarType.Float16 },
            "bfloat16" or "bf16" => new("bfloat16", 0.05) { Dtype = torch.ScalarType.BFloat16 },
            _ => throw new SimperException(
                $"--type {type} is none that a Hugging Face folder is written in; give one of float32, float16, bfloat16."
            ),
        };

    private static ExportFormat Gguf(GgufFileType file) =>
        new(
            file.Name,
            file.Name switch
            {
                "F32" => 1e-5,
                "F16" => 0.01,
                "BF16" => 0.05,
                "Q8_0" => 0.05,
                _ => 0.6,
            }
        )
        {
            File = file,
        };
}
