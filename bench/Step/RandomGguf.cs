using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Families;
using Simper.Models.Gguf;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Bench.Step;

/// <summary>
/// A .gguf file of random weights after a config.json, in the mixture of types that a real one has, tensor by tensor: larger than
/// memory, if need be.
/// </summary>
internal static class RandomGguf
{
    private const int RandomValues = 1 << 22; // repeated: what the numbers are does not matter to a step's time or memory

    /// <summary>Writes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The config.json.</param>
    /// <param name="layers">Its layers; empty for those of the config.</param>
    /// <param name="tokenizer">The folder with the tokenizer's files, whose ids are all in the config's vocabulary.</param>
    /// <param name="type">The mixture of types, as Q4_K_M.</param>
    public static void Write(string path, string config, string layers, string tokenizer, string type)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(config))!.AsObject();
        if (layers.Length > 0)
            json["num_hidden_layers"] = int.Parse(layers, CultureInfo.InvariantCulture);
        Family family = Family.Of(json, config);
        DecoderShape shape = family.Shape(new ConfigReader(json, config));
        GgufArchitecture architecture = GgufArchitecture.OfFamily(family.ModelType, config);
        GgufFileType mixture = GgufFileType.Parse(type);
        WeightSlot[] slots = [.. family.Names.Slots(shape)];
        var types = new GgufMixture(mixture, architecture, shape);
        var fusions = new GgufFusions(architecture.FusesQueryKeyValue, architecture.FusesGateUp, ExpertsGateUp: false);
        GgufPlannedTensor[] tensors =
        [
            .. new GgufLayout(architecture, shape, fusions)
                .Of(slots)
                .Select(s => new GgufPlannedTensor(s.Name, types.TypeOf(s.Name, s.Shape), s.Shape)),
        ];
        List<KeyValuePair<string, object>> keys = GgufKeys.Of(architecture, shape, mixture, "random", slots.Sum(s => s.Count));
        keys.AddRange(GgufTokenizerKeys.Of(ModelFiles.ForTokenizer(tokenizer), shape.Vocabulary));
        using var generator = new Generator(7);
        using Tensor random = randn([RandomValues], generator: generator).Times(0.02);
        using var writer = new GgufWriter(path, keys, tensors);
        foreach (GgufPlannedTensor tensor in tensors)
        {
            using var scope = NewDisposeScope();
            bool isNorm = tensor.Name.Contains("norm", StringComparison.Ordinal);
            writer.Write(
                isNorm
                    ? ones(tensor.Count)
                    : random.repeat([(tensor.Count + RandomValues - 1) / RandomValues]).narrow(0, 0, tensor.Count)
            );
        }
        writer.Finish();
    }
}
