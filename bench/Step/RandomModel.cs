using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Bench.Step;

/// <summary>
/// A model of random bfloat16 weights after a config.json of any family, with another model's tokenizer, in a folder that is
/// deleted in the end. What its numbers are does not matter to a step's time.
/// </summary>
internal sealed class RandomModel : IDisposable
{
    private const double Deviation = 0.02; // initializer_range

    private readonly string _folder;

    /// <param name="config">The config.json.</param>
    /// <param name="layers">Its layers; empty for those of the config.</param>
    /// <param name="tokenizer">The folder with the tokenizer's files, whose ids are all in the config's vocabulary.</param>
    /// <param name="gguf">The mixture of a .gguf file; empty for safetensors.</param>
    public RandomModel(string config, string layers, string tokenizer, string gguf)
    {
        _folder = Directory.CreateTempSubdirectory("simper-bench-").FullName;
        Path = gguf.Length > 0 ? System.IO.Path.Combine(_folder, "model.gguf") : _folder;
        if (gguf.Length > 0)
        {
            RandomGguf.Write(Path, config, layers, tokenizer, gguf);
            return;
        }
        JsonObject json = JsonNode.Parse(File.ReadAllText(config))!.AsObject();
        if (layers.Length > 0)
            json["num_hidden_layers"] = int.Parse(layers, CultureInfo.InvariantCulture);
        File.WriteAllText(System.IO.Path.Combine(Path, "config.json"), json.ToJsonString());
        foreach (string file in Directory.GetFiles(tokenizer, "tokenizer*.json"))
            File.Copy(file, System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file)));
        Family family = Family.Of(json, config);
        WeightPart[] parts = [.. family.Names.Slots(family.Shape(new ConfigReader(json, config))).SelectMany(s => s.Parts)];
        using var weights = new NewFile(System.IO.Path.Combine(Path, "model.safetensors"));
        var writer = new SafetensorsWriter(
            weights,
            [.. parts.Select(p => (p.Name, SafetensorsWriter.EntryOf(ScalarType.BFloat16, p.Shape)))]
        );
        using Generator generator = new(7);
        foreach (WeightPart part in parts)
        {
            using var scope = NewDisposeScope();
            Tensor values = part.Name.Contains("norm", StringComparison.Ordinal)
                ? ones(part.Shape, ScalarType.BFloat16)
                : randn(part.Shape, ScalarType.BFloat16, generator: generator) * tensor((float)Deviation, ScalarType.BFloat16);
            writer.Write(values);
        }
        writer.Finish();
        weights.Complete();
    }

    /// <summary>Its folder, or file.</summary>
    public string Path { get; }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
