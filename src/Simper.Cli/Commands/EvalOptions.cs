using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Benchmarks;
using Simper.Tensors;

namespace Simper.Cli.Commands;

/// <summary>The options of simper eval, with the harness's names where it has them.</summary>
internal sealed class EvalOptions
{
    private readonly Option<string?> _output = new("--output_dir")
    {
        HelpName = "DIR",
        Description = "Where results.json, samples and answers go. Given again, what is answered there is not asked again.",
    };
    private readonly Option<string?> _data = new("--data_dir")
    {
        HelpName = "DIR",
        Description = "Where the tasks' data are, as JSON lines: DIR/TASK/SPLIT.jsonl. Nothing is downloaded.",
    };
    private readonly Option<string[]> _include = new("--include_path")
    {
        HelpName = "DIR",
        Description = "A folder of task files (YAML), such as lm_eval/tasks of the harness. May be given several times.",
    };
    private readonly Option<int?> _shots = new("--num_fewshot")
    {
        HelpName = "N",
        Description = "Shots before each question, in place of the task's number, unless that is 0.",
    };
    private readonly Option<int?> _limit = new("--limit") { HelpName = "N", Description = "The first N rows of each task only." };
    private readonly Option<long> _seed = new("--fewshot_seed")
    {
        Description = "Seed of the shots.",
        DefaultValueFactory = _ => 1234,
    };
    private readonly Option<bool> _chat = new("--apply_chat_template")
    {
        Description = "Write prompts in the model's chat template.",
    };
    private readonly Option<bool> _multiturn = new("--fewshot_as_multiturn")
    {
        Description = "With the chat template: shots as turns of the conversation.",
    };
    private readonly Option<string?> _system = new("--system_instruction")
    {
        HelpName = "TEXT",
        Description = "A system message in front of every prompt.",
    };
    private readonly Option<string?> _generation = new("--gen_kwargs")
    {
        HelpName = "WORDS",
        Description = "Settings of generation in place of the tasks': max_gen_toks=64,temperature=0.7, or JSON.",
    };
    private readonly Option<int?> _maxLength = new("--max_length")
    {
        HelpName = "N",
        Description = "Tokens that the model is given at most; without it all that it reads.",
    };
    private readonly Option<int> _together = new("--tokens_together")
    {
        Description = "Tokens computed at once: memory and speed only.",
        DefaultValueFactory = _ => 4096,
    };
    private readonly Option<int> _bootstrap = new("--bootstrap_iters")
    {
        Description = "Resamples for standard errors that have no closed form; 0 for no standard errors.",
        DefaultValueFactory = _ => 100_000,
    };
    private readonly Option<string?> _dtype = new("--dtype")
    {
        HelpName = "TYPE",
        Description = "float32, bfloat16 or float64; float32 unless told, on every machine.",
    };
    private readonly Option<string> _device = ModelOptions.DeviceOption("the model computes");

    public void AddTo(Command command)
    {
        foreach (
            Option option in (Option[])
                [
                    _output,
                    _data,
                    _include,
                    _shots,
                    _limit,
                    _seed,
                    _chat,
                    _multiturn,
                    _system,
                    _generation,
                    _maxLength,
                    _together,
                    _bootstrap,
                    _dtype,
                    _device,
                ]
        )
            command.Options.Add(option);
    }

    public IReadOnlyList<string> IncludePaths(ParseResult parsed) => parsed.GetValue(_include) ?? [];

    public BenchmarkSettings Settings(ParseResult parsed, IReadOnlyList<string> models, IReadOnlyList<string> tasks)
    {
        ExpectAtLeast("--num_fewshot", parsed.GetValue(_shots), 0);
        ExpectAtLeast("--limit", parsed.GetValue(_limit), 1);
        ExpectAtLeast("--tokens_together", parsed.GetValue(_together), 1);
        ExpectAtLeast("--bootstrap_iters", parsed.GetValue(_bootstrap), 0);
        if (parsed.GetValue(_multiturn) && !parsed.GetValue(_chat))
            throw new SimperException(
                "--fewshot_as_multiturn makes turns of a chat template; give --apply_chat_template as well."
            );
        if (parsed.GetValue(_data) is { } data && !Directory.Exists(data))
            throw new SimperException($"{data} is no folder; give one with the tasks' data as --data_dir.");
        return new BenchmarkSettings
        {
            Models = models,
            Tasks = tasks,
            IncludePaths = IncludePaths(parsed),
            Prompts = new PromptOptions
            {
                NumFewshot = parsed.GetValue(_shots),
                FewshotSeed = parsed.GetValue(_seed),
                Limit = parsed.GetValue(_limit),
                SystemInstruction = parsed.GetValue(_system),
                FewshotAsMultiturn = parsed.GetValue(_multiturn),
                DataFolder = parsed.GetValue(_data),
            },
            ApplyChatTemplate = parsed.GetValue(_chat),
            MaxLength = parsed.GetValue(_maxLength),
            TokensTogether = parsed.GetValue(_together),
            BootstrapIterations = parsed.GetValue(_bootstrap),
            GenerationKwargs = parsed.GetValue(_generation) is { } words ? Arguments(words) : null,
            OutputDir = parsed.GetValue(_output),
            Precision = ModelOptions.PrecisionOf(parsed.GetValue(_dtype)) ?? Precision.Float32,
            Device = parsed.GetValue(_device)!,
        };
    }

    private static void ExpectAtLeast(string name, int? value, int least)
    {
        if (value < least)
            throw new SimperException($"{name} is {value}; it has to be {least} or more.");
    }

    // JSON, or words as the harness takes them.
    internal static JsonObject Arguments(string words)
    {
        try
        {
            if (words.TrimStart().StartsWith('{'))
                return (JsonObject)JsonNode.Parse(words)!;
            var arguments = new JsonObject();
            foreach (string word in words.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                int at = word.IndexOf('=');
                if (at < 1)
                    throw new SimperException($"--gen_kwargs: {word} is no name=value.");
                arguments[word[..at]] = Value(word[(at + 1)..]);
            }
            return arguments;
        }
        catch (JsonException e)
        {
            throw new SimperException($"--gen_kwargs: {words} is no JSON object.", e);
        }
    }

    private static JsonNode? Value(string text) =>
        text.ToLowerInvariant() switch
        {
            "true" => true,
            "false" => false,
            "none" => null,
            _ when double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _) => JsonNode.Parse(text),
            _ => text,
        };
}
