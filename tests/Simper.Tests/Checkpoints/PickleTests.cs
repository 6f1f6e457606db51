using System.Text;
using Simper.Checkpoints;
using Simper.Testing;

namespace Simper.Tests.Checkpoints;

/// <summary>Files that hold pickles, or may: refused by their names, and never read.</summary>
public class PickleTests
{
    public static TheoryData<string> Names =>
        [
            "pytorch_model.bin",
            "model.pt",
            "consolidated.00.pth",
            "epoch=3.ckpt",
            "weights.pkl",
            "weights.PICKLE",
            "model.joblib",
            "model.dill",
            "weights.npy",
            "weights.npz",
            "model.nemo",
            "model.mar",
            "training_args.bin",
            "rng_state.pth",
            "optimizer.pt",
        ];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_pickle_is_refused_by_name_alone_and_in_a_folder(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write(name, Encoding.ASCII.GetBytes("\u0080\u0002cposix\nsystem\n."));
        foreach (string given in (string[])[path, folder.Path])
        {
            string message = Assert.Throws<SimperException>(() => Checkpoint.Open(given)).Message;
            Assert.StartsWith(path, message, StringComparison.Ordinal);
            Assert.Contains("pickle", message, StringComparison.Ordinal);
            Assert.Contains("safetensors", message, StringComparison.Ordinal);
        }
        // Beside safetensors that are damaged it is no way out.
        folder.Write("config.json", "{\"model_type\":\"llama\"}");
        folder.Write("model.safetensors", "not one");
        Assert.Contains(
            "model.safetensors",
            Assert.Throws<SimperException>(() => Checkpoint.Open(folder.Path)).Message,
            StringComparison.Ordinal
        );
    }
}
