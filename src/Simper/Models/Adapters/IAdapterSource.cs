using static TorchSharp.torch;

namespace Simper.Models.Adapters;

/// <summary>A stored adapter, in PEFT's terms: its config, and its tensors under PEFT's names. Owns the open file.</summary>
internal interface IAdapterSource : IDisposable
{
    /// <summary>What it is, for messages: the file of its config.</summary>
    string ConfigPath { get; }

    AdapterConfig Config { get; }

    /// <summary>The hash of the model that it was trained on; null where it is not said.</summary>
    string? BaseHash { get; }

    /// <summary>The published tensors of the model that it holds whole.</summary>
    IReadOnlyCollection<string> Whole { get; }

    /// <summary>Refuses other tensors than the adapter has.</summary>
    /// <exception cref="SimperException">One is missing, too many, or of another shape.</exception>
    void Expect(AdapterPlan plan);

    /// <summary>A tensor by its name; the caller disposes it.</summary>
    Tensor Read(string name);
}
