using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Objectives;
using Simper.Runs;
using Simper.Text.Hub;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using Shown = Simper.Reports.Shown;

namespace Simper.Hub;

/// <summary>
/// The page of a model on the hub, README.md: what it was made of and how, what the held-out pairs say before and after, how it
/// is used. Paths of this machine are not in it.
/// </summary>
public static class ModelCard
{
    private static readonly string Method = new SimPer().Name;

    private static readonly (string Key, string Words)[] Settings =
    [
        ("learning_rate", "learning rate"),
        ("lr_scheduler_type", "schedule"),
        ("num_train_epochs", "epochs"),
        ("per_device_train_batch_size", "pairs of a batch"),
        ("gradient_accumulation_steps", "batches of a step"),
        ("max_length", "longest sequence, tokens"),
        ("beta", "beta"),
        ("weight_decay", "weight decay"),
        ("dtype", "dtype"),
        ("seed", "seed"),
    ];

    private static readonly (string Key, string Words, Func<double, string> Show)[] Figures =
    [
        ("rewards/accuracies", "accuracy", Shown.Percent),
        ("rewards/margins", "reward margin", Shown.Number),
        ("ppl/chosen", "perplexity of chosen answers", Shown.Number),
        ("ppl/rejected", "perplexity of rejected answers", Shown.Number),
        ("loss", "loss", Shown.Number),
    ];

    /// <summary>The page of the model in a run's folder, or of a model that is in none.</summary>
    /// <param name="path">The run's folder, or a model's.</param>
    /// <param name="repository">Its repository: org/name.</param>
    public static string Of(string path, string repository)
    {
        Dictionary<string, string> recipe = Recipe(Path.Combine(path, "recipe.yaml"));
        JsonObject? summary = Json(Path.Combine(path, "summary.json"));
        string? model = recipe.GetValueOrDefault("model_name_or_path");
        string? data = recipe.GetValueOrDefault("dataset_name");
        var page = new StringBuilder();
        Head(page, HubId(HubKind.Model, model), HubId(HubKind.Dataset, data), License(model));
        page.Append(
            CultureInfo.InvariantCulture,
            $"# {repository[(repository.IndexOf('/', StringComparison.Ordinal) + 1)..]}\n\n"
        );
        page.Append(About(recipe, HubId(HubKind.Model, model) ?? Name(model), HubId(HubKind.Dataset, data) ?? Name(data)));
        if (RunState.Of(summary).Stopped is var (step, steps))
            page.Append(CultureInfo.InvariantCulture, $"The run was stopped at step {step} of {steps}.\n\n");
        Results(page, summary);
        Training(page, recipe);
        Use(page, repository);
        if (recipe.GetValueOrDefault("loss_type") == Method)
            page.Append(
                "## Method\n\nTeng Xiao et al.: SimPER: A Minimalist Approach to Preference Alignment without "
                    + "Hyperparameters. ICLR 2025.\n"
            );
        return page.ToString();
    }

    private static void Head(StringBuilder page, string? model, string? data, string? license)
    {
        page.Append("---\nlibrary_name: transformers\npipeline_tag: text-generation\n");
        if (license is not null)
            page.Append(CultureInfo.InvariantCulture, $"license: {license}\n");
        if (model is not null)
            page.Append(CultureInfo.InvariantCulture, $"base_model: {model}\n");
        if (data is not null)
            page.Append(CultureInfo.InvariantCulture, $"datasets:\n- {data}\n");
        page.Append("tags:\n- simper\n- preference-optimization\n- alignment\n---\n\n");
    }

    private static string About(Dictionary<string, string> recipe, string? model, string? data)
    {
        if (recipe.Count == 0)
            return "Saved by Simper, which aligns language models with people's preferences.\n\n";
        string start =
            recipe.GetValueOrDefault("from_scratch") == "true" ? "A new model"
            : model is null ? "A model"
            : $"{model},";
        return $"{start} trained on people's preferences{(data is null ? "" : $" ({data})")} with Simper, objective "
            + $"`{recipe.GetValueOrDefault("loss_type", Method)}`.\n\n";
    }

    private static void Results(StringBuilder page, JsonObject? summary)
    {
        if (summary?["before"] is not JsonObject before || summary["after"] is not JsonObject after)
            return;
        page.Append(
            CultureInfo.InvariantCulture,
            $"## Held-out pairs ({after["pairs"]})\n\n| | before | after |\n|---|---|---|\n"
        );
        foreach ((string key, string words, Func<double, string> show) in Figures)
        {
            if (Number(before[key]) is { } first && Number(after[key]) is { } second)
                page.Append(
                    CultureInfo.InvariantCulture,
                    $"| {words} | {Shown.Plain(show(first))} | {Shown.Plain(show(second))} |\n"
                );
        }
        page.Append('\n');
    }

    private static void Training(StringBuilder page, Dictionary<string, string> recipe)
    {
        (string Words, string Value)[] known =
        [
            .. Settings.Where(s => recipe.GetValueOrDefault(s.Key) is { Length: > 0 }).Select(s => (s.Words, recipe[s.Key])),
        ];
        if (known.Length == 0)
            return;
        page.Append("## Training\n\n| | |\n|---|---|\n");
        foreach ((string words, string value) in known)
            page.Append(CultureInfo.InvariantCulture, $"| {words} | {value} |\n");
        page.Append('\n');
    }

    private static void Use(StringBuilder page, string repository) =>
        page.Append("## Use\n\n```python\nfrom transformers import AutoModelForCausalLM, AutoTokenizer\n\n")
            .Append(CultureInfo.InvariantCulture, $"tokenizer = AutoTokenizer.from_pretrained(\"{repository}\")\n")
            .Append(CultureInfo.InvariantCulture, $"model = AutoModelForCausalLM.from_pretrained(\"{repository}\")\n```\n\n")
            .Append(CultureInfo.InvariantCulture, $"```\nsimper pull {repository}\nsimper chat {repository}\n```\n\n");

    // A name on the hub, also behind the path of its snapshot; null for what is only here.
    private static string? HubId(HubKind kind, string? path) =>
        path is not { Length: > 0 } ? null
        : HubCache.Of(path) is { } cached && cached.Kind == kind ? cached.Id
        : !Path.Exists(path) && HubReference.Parse(kind, path) is { } named && HubName.Is(named.Id) ? named.Id
        : null;

    private static string? Name(string? path) =>
        path is { Length: > 0 } ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))) : null;

    // What the base model's own page says, where that is here.
    private static string? License(string? model)
    {
        if (model is not { Length: > 0 })
            return null;
        try
        {
            string? folder = HubCache.Find(HubKind.Model, model);
            string file = Path.Combine(folder ?? model, "README.md");
            if (!HubCache.HasFile(file))
                return null;
            string[] lines = File.ReadAllLines(file);
            int end = lines.Length > 0 && lines[0].Trim() == "---" ? Array.FindIndex(lines, 1, l => l.Trim() == "---") : -1;
            if (end < 0)
                return null;
            YamlStream yaml = ShallowYaml.Load(string.Join('\n', lines[1..end]));
            return
                yaml.Documents[0].RootNode is YamlMappingNode root
                && root.Children.TryGetValue(new YamlScalarNode("license"), out YamlNode? license)
                && license is YamlScalarNode { Value: { } name }
                && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
                ? name
                : null;
        }
        catch (Exception e) when (e is YamlException or IOException or UnauthorizedAccessException or SimperException)
        {
            return null;
        }
    }

    private static Dictionary<string, string> Recipe(string file) =>
        File.Exists(file)
            ? RecipeFile.Read(file).Where(e => e.Value.Length > 0).ToDictionary(e => e.Name, e => e.Value, StringComparer.Ordinal)
            : [];

    private static JsonObject? Json(string file)
    {
        try
        {
            return File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file)) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static double? Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue(out double number) ? number : null;
}
