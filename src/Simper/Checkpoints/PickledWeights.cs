namespace Simper.Checkpoints;

/// <summary>Python pickle files, which can run arbitrary code when read. Simper has no reader for them.</summary>
internal static class PickledWeights
{
    // As torch, joblib, dill, NumPy (arrays of objects), NeMo and TorchServe (archives with them) write them.
    private static readonly string[] Extensions =
    [
        ".bin",
        ".pt",
        ".pth",
        ".ckpt",
        ".pkl",
        ".pickle",
        ".joblib",
        ".dill",
        ".npy",
        ".npz",
        ".nemo",
        ".mar",
    ];

    public static bool Is(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    public static SimperException Refusal(string path) =>
        new(
            $"{path} is a pickle file, or may hold one, which can run any program when it is read, so Simper does not read "
                + "it; convert the model to safetensors (in Python: model.save_pretrained(folder, safe_serialization=True))."
        );
}
