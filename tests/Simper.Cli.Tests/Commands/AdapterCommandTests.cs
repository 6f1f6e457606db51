using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Simper.Cli.Chat;
using Simper.Generation;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Runs;
using Simper.Tensors;
using Simper.Testing;
using Simper.Text.Templates;

namespace Simper.Cli.Tests.Commands;

/// <summary>simper merge and chat --adapter, over the demo's model.</summary>
public sealed class AdapterCommandTests : IDisposable
{
    private static readonly string Model = Path.Combine(SharedFiles.Repository, "assets", "demo", "model");

    private const string Asked = "list the numbers from 3 to 5";

    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(string name) => Path.Combine(_folder, name);

    // An adapter that changes answers: both of its matrices are random.
    private string Adapter(string name = "mine", long seed = 1, bool dora = false)
    {
        var config = new AdapterConfig
        {
            Rank = 4,
            Alpha = 8,
            UseDora = dora,
            TargetModules = ModuleNames.Matching(ModuleNames.AllLinear),
        };
        using LanguageModel model = LanguageModel.Load(Model, Precision.Float32, trainable: false);
        using LanguageModel adapted = model.WithNewAdapter(config, seed);
        adapted.Save(In(name));
        Scatter(Path.Combine(In(name), "adapter_model.safetensors"), (int)seed);
        return In(name);
    }

    // B is zero at first. The file: the header's length, the header, the numbers.
    private static void Scatter(string file, int seed)
    {
        byte[] bytes = File.ReadAllBytes(file);
        int header = (int)BitConverter.ToInt64(bytes);
        var random = new Random(seed);
        foreach ((string name, JsonNode? tensor) in JsonNode.Parse(bytes.AsSpan(8, header))!.AsObject())
        {
            if (!name.Contains("lora_B", StringComparison.Ordinal))
                continue;
            int[] at = [.. tensor!["data_offsets"]!.AsArray().Select(o => 8 + header + (int)o!)];
            foreach (ref float value in MemoryMarshal.Cast<byte, float>(bytes.AsSpan(at[0]..at[1])))
                value = 2 * random.NextSingle() - 1;
        }
        File.WriteAllBytes(file, bytes);
    }

    private void Edit(string adapter, Action<JsonObject> change)
    {
        string file = Path.Combine(adapter, "adapter_config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        change(config);
        File.WriteAllText(file, config.ToJsonString());
    }

    private static async Task<string> Answer(string model)
    {
        (int code, string text, string errors) = await Typed.Run(
            "generate",
            model,
            "--prompt",
            Asked,
            "--dtype",
            "float32",
            "--max_new_tokens",
            "12"
        );
        Assert.Equal((0, ""), (code, errors));
        return text;
    }

    [Fact]
    public async Task A_merged_model_answers_as_the_adapter_does_and_an_unmerged_one_as_the_model()
    {
        string adapter = Adapter();
        (int code, string text, string errors) = await Typed.Run("merge", adapter, "--output_dir", In("merged"));
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains($"with {adapter}: {In("merged")}", text, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(In("merged"), "adapter_config.json")));
        string adapted = await Answer(adapter);
        Assert.NotEqual(await Answer(Model), adapted);
        Assert.Equal(adapted, await Answer(In("merged")));

        (code, text, errors) = await Typed.Run("merge", adapter, "--unmerge", In("merged"), "--output_dir", In("again"));
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains($"without {adapter}", text, StringComparison.Ordinal);
        Assert.Equal(await Answer(Model), await Answer(In("again")));
    }

    [Fact]
    public async Task What_is_no_adapter_of_the_model_is_one_sentence()
    {
        await Fails($"{Model} is no adapter", "merge", Model);
        string ia3 = Adapter("ia3");
        Edit(ia3, c => c["peft_type"] = "IA3");
        await Fails("IA3", "merge", ia3);
        string dora = Adapter("dora", dora: true);
        (int code, _, _) = await Typed.Run("merge", dora, "--output_dir", In("merged"));
        Assert.Equal(0, code);
        await Fails("its magnitudes scaled the weights", "merge", dora, "--unmerge", In("merged"));
        // the merged model is another one than the adapter was trained on
        await Fails("was trained on another model than", "merge", dora, "--base_model_name_or_path", In("merged"));
    }

    private async Task Fails(string expected, params string[] words)
    {
        (int code, string text, string errors) = await Typed.Run([.. words, "--output_dir", In("out")]);
        Assert.Equal((2, ""), (code, text));
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd('\n').Split('\n'));
        Assert.False(Directory.Exists(In("out")));
    }

    [Fact]
    public void Another_voice_answers_after_use_and_goes_on_with_the_conversation()
    {
        using var models = new AnsweringModels(new AnsweringSettings { Precision = Precision.Float32 });
        using var voices = new ChatVoices(path => models.Open(path), Model);
        voices.Add("one=" + Adapter("one"));
        voices.Add("two=" + Adapter("two", seed: 2));
        Assert.Throws<SimperException>(() => voices.Add("one=" + In("one")));
        Assert.Throws<SimperException>(() => voices.Add(In("two")));
        Assert.Contains(
            "is no adapter",
            Assert.Throws<SimperException>(() => voices.Add("m=" + Model)).Message,
            StringComparison.Ordinal
        );

        using var terminal = new FakeTerminal(100_000, false);
        var settings = new SamplingSettings { Temperature = 0, MaxNewTokens = 8 };
        var asked = new List<int>();
        var session = new ChatSession(
            terminal.AnsiConsole,
            messages =>
            {
                asked.Add(messages.Count);
                return voices.Current.Stream(messages, settings);
            },
            system: null,
            isTerminal: false,
            voices
        );
        var lines = new Queue<string>([Asked, "/clear", "/use one", Asked, "/clear", "/use nobody", "/use two", Asked, Asked]);
        session.Run(() => lines.TryDequeue(out string? line) ? line : null);
        Assert.Equal([1, 1, 1, 3], asked);
        Assert.Contains("one answers from here on.", terminal.Text, StringComparison.Ordinal);
        Assert.Contains("There is no nobody; there are: model, one, two.", terminal.Text, StringComparison.Ordinal);
        string[] alone = [.. new[] { Model, In("one"), In("two") }.Select(path => Alone(path, settings))];
        Assert.Equal(3, alone.Distinct().Count());
        foreach (string answer in alone)
            Assert.Contains(answer, terminal.Text, StringComparison.Ordinal);
    }

    private static string Alone(string path, SamplingSettings settings)
    {
        using LanguageModel model = LanguageModel.Load(path, Precision.Float32, trainable: false);
        return string.Concat(new TextAnswers(model).Stream([new ChatMessage("user", Asked)], settings));
    }
}
