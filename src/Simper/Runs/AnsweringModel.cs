using Simper.Models;
using Simper.Models.Weights;
using Simper.Tensors;

namespace Simper.Runs;

/// <summary>Opens one model to generate with; see <see cref="AnsweringModels"/>.</summary>
public static class AnsweringModel
{
    /// <summary>Loads it without training state. The caller owns it.</summary>
    /// <param name="path">The path as given.</param>
    /// <param name="precision">Dtypes; null for those of the run's recipe, or else the fastest on this machine.</param>
    /// <param name="device">The device (<see cref="Devices.Parse"/>).</param>
    /// <param name="frozen">How quantised matrices are kept; null for unpacked, and under an adapter packed.</param>
    /// <param name="basePath">Of an adapter: its model, where that is not at the place that the adapter names.</param>
    /// <param name="files">Changes its files, to another chat template for example; null for none.</param>
    /// <param name="mapped">Whether matrices may stay in the mapped file where they need no conversion: not in a server, which a
    /// file that is truncated meanwhile would end.</param>
    /// <param name="strictFinite">Whether weights that are NaN or infinite are refused.</param>
    /// <param name="cancel">Stops between two weights.</param>
    /// <exception cref="SimperException">There is no such model or device, or a file of it is damaged.</exception>
    public static LanguageModel Open(
        string path,
        Precision? precision = null,
        string device = "cpu",
        FrozenWeights? frozen = null,
        Func<ModelFiles, ModelFiles>? files = null,
        bool mapped = true,
        bool strictFinite = false,
        string? basePath = null,
        CancellationToken cancel = default
    )
    {
        using var models = new AnsweringModels(
            new AnsweringSettings
            {
                Precision = precision,
                Device = device,
                Frozen = frozen,
                Files = files,
                Mapped = mapped,
                StrictFinite = strictFinite,
                BasePath = basePath,
            }
        );
        return models.Open(path, cancel);
    }
}
