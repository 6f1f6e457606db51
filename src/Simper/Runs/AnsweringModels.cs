using Simper.Models;
using Simper.Models.Adapters;
using Simper.Models.Weights;
using Simper.Tensors;
using Simper.Text.Hub;

namespace Simper.Runs;

/// <summary>
/// Opens models to generate with: a folder of a model or an adapter, a .gguf file, or a run's folder. Adapters of one model share
/// its weights, which are in memory once. Not thread safe.
/// </summary>
/// <param name="settings">How all are opened.</param>
public sealed class AnsweringModels(AnsweringSettings settings) : IDisposable
{
    private readonly Dictionary<(string Path, Precision Precision), LanguageModel> _opened = [];
    private readonly HashSet<LanguageModel> _own = [];

    /// <summary>Loads a model without training state, or an adapter over one that is loaded. The caller owns it.</summary>
    /// <param name="path">The path as given.</param>
    /// <param name="cancel">Stops between two weights.</param>
    /// <exception cref="SimperException">There is no such model or device, or a file of it is damaged.</exception>
    public LanguageModel Open(string path, CancellationToken cancel = default)
    {
        string found = RunFolder.TextModelOf(path);
        string? adapter = AdapterSource.Find(found);
        string model = adapter is null ? found : AdapterBase.PathOf(adapter, settings.BasePath);
        RunModel? run = RunModel.Of(path);
        Precision precision = settings.Precision ?? run?.Dtype ?? PrecisionProbe.Measure(LanguageModel.WidthOf(model)).Faster;
        LanguageModel opened = adapter is null
            ? Whole(model, precision, isAdapted: false, run, cancel)
            : Adapted(adapter, model, precision, run, cancel);
        try
        {
            if (settings.StrictFinite)
                opened.ExpectFinite();
            if (settings.Files is { } files)
                opened.Files = files(opened.Files);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private LanguageModel Adapted(string adapter, string model, Precision precision, RunModel? run, CancellationToken cancel)
    {
        (string, Precision) key = (FullPath(model), precision);
        if (!_opened.TryGetValue(key, out LanguageModel? basis))
            _own.Add(basis = Whole(model, precision, isAdapted: true, run, cancel));
        return basis.WithAdapter(adapter);
    }

    // One that is here as an adapter's is given away, once.
    private LanguageModel Whole(string path, Precision precision, bool isAdapted, RunModel? run, CancellationToken cancel)
    {
        (string, Precision) key = (FullPath(path), precision);
        if (_opened.TryGetValue(key, out LanguageModel? known) && _own.Remove(known))
            return known;
        LanguageModel model = LanguageModel.Load(
            path,
            precision,
            trainable: false,
            Devices.Parse(settings.Device),
            frozen: settings.Frozen ?? (isAdapted ? FrozenWeights.Packed : FrozenWeights.Unpacked),
            mapped: settings.Mapped,
            quantisation: isAdapted ? run?.Quantisation ?? default : default,
            cancel: cancel
        );
        _opened.TryAdd(key, model);
        return model;
    }

    private static string FullPath(string path) => Path.GetFullPath(HubCache.Find(HubKind.Model, path) ?? path);

    public void Dispose()
    {
        foreach (LanguageModel model in _own)
            model.Dispose();
    }
}

/// <summary>How <see cref="AnsweringModels"/> opens models.</summary>
public sealed record AnsweringSettings
{
    /// <summary>Dtypes; null for those of the run's recipe, or else the fastest on this machine.</summary>
    public Precision? Precision { get; init; }

    /// <summary>The device (<see cref="Devices.Parse"/>).</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>How a .gguf file's quantised matrices are kept; null for unpacked, and under an adapter packed.</summary>
    public FrozenWeights? Frozen { get; init; }

    /// <summary>Changes a model's files, to another chat template for example; null for none.</summary>
    public Func<ModelFiles, ModelFiles>? Files { get; init; }

    /// <summary>Whether matrices may stay in the mapped file where they need no conversion: not in a server, which a file that
    /// is truncated meanwhile would end.</summary>
    public bool Mapped { get; init; } = true;

    /// <summary>Whether weights that are NaN or infinite are refused.</summary>
    public bool StrictFinite { get; init; }

    /// <summary>Of adapters: their model, where that is not at the place that the adapter names.</summary>
    public string? BasePath { get; init; }
}
