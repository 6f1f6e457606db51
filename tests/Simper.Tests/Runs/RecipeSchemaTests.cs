using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Simper.Models.Adapters;
using Simper.Objectives;
using Simper.Runs;
using Simper.Testing;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Simper.Tests.Runs;

/// <summary>The schema that editors check recipes by.</summary>
public sealed class RecipeSchemaTests
{
    private static readonly JsonObject Schema = RecipeSchema.Of();

    private static JsonObject Properties => Schema["properties"]!.AsObject();

    public static TheoryData<string> Recipes =>
        [.. Directory.GetFiles(Path.Combine(SharedFiles.Repository, "recipes"), "*.yaml").Select(f => Path.GetFileName(f))];

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Our_recipes_are_valid(string name) =>
        Assert.Empty(Faults(File.ReadAllText(Path.Combine(SharedFiles.Repository, "recipes", name))));

    [Fact]
    public void Every_key_is_there_with_its_type_its_meaning_and_its_default()
    {
        foreach (RecipeKey key in RecipeKeys.All.Concat(ObjectiveKeys.Of(ObjectiveCatalog.Standard)))
        {
            foreach (string name in key.Aliases.Prepend(key.Name))
            {
                JsonObject property = Properties[name]!.AsObject();
                Assert.True(property.ContainsKey("type") || property.ContainsKey("enum") || property.ContainsKey("anyOf"), name);
                Assert.True(((string)property["description"]!).Length > 10, name);
            }
            Assert.Equal(key.Default.Length > 0, Properties[key.Name]!.AsObject().ContainsKey("default"));
            Assert.True(key.Meaning.Length > 5, key.Name);
            Assert.NotEmpty(key.Group);
        }
        foreach (Hyperparameter key in ObjectiveCatalog.Standard.Kinds.SelectMany(k => k.Hyperparameters))
        {
            Assert.True(Properties.ContainsKey(key.Key), key.Key);
            Assert.NotEmpty(key.Meaning);
        }
    }

    [Fact]
    public void What_a_run_writes_is_valid_and_so_are_the_defaults()
    {
        foreach (ObjectiveKind kind in ObjectiveCatalog.Standard.Kinds)
            Assert.Empty(
                Faults(
                    new Recipe
                    {
                        Objective = kind.Default,
                        ModelNameOrPath = "it's",
                        MaxMemory = 3_000_000_000,
                    }.ToYaml()
                )
            );
        Assert.Empty(
            Faults(
                new Recipe
                {
                    UsePeft = true,
                    Lora = new AdapterConfig
                    {
                        TargetModules = ModuleNames.Of(["q_proj", "v_proj"]),
                        ModulesToSave = ["lm_head"],
                        LayersToTransform = [0, 2],
                        RankPattern = [new("o_proj", 4)],
                    },
                }.ToYaml()
            )
        );
        foreach ((string name, JsonNode? property) in Properties)
        {
            if (property!["default"] is { } usual)
                Assert.Empty(Faults(new JsonObject { [name] = usual.DeepClone() }.ToJsonString()));
        }
    }

    [Theory]
    [InlineData("lerning_rate: 1e-5")]
    [InlineData("learning_rate: much")]
    [InlineData("learning_rate: 2")]
    [InlineData("max_length: 1")]
    [InlineData("max_length: 1024.5")]
    [InlineData("loss_type: dop")]
    [InlineData("loss_type: [sigmoid, dop]")]
    [InlineData("shuffle: yes")]
    [InlineData("gradient_checkpointing: 3")]
    [InlineData("truncation_mode: keep_middle")]
    [InlineData("max_memory: much")]
    [InlineData("label_smoothing: 2")]
    [InlineData("chat_template_kwargs: 3")]
    [InlineData("- a")]
    public void What_is_wrong_is_refused(string yaml) => Assert.NotEmpty(Faults(yaml));

    [Theory]
    [InlineData("warmup_ratio: 0.1\ntorch_dtype: bfloat16")]
    [InlineData("learning_rate:\nloss_type: null\nmax_memory: ~")]
    [InlineData("loss_type: [sigmoid, sft]\nloss_weights: [0.8, 0.2]")]
    [InlineData("loss_type: dft")]
    [InlineData("max_memory: 3GB")]
    [InlineData("max_memory: 800 MiB")]
    [InlineData("report_to: wandb\npush_to_hub: false\ndatasets: [{path: a.jsonl}]")]
    [InlineData("lr_scheduler_kwargs: {num_cycles: 2}\nchat_template_kwargs: {enable_thinking: false}")]
    [InlineData("use_weighting: true\nf_divergence_type: js_divergence\nbeta: 1e-2")]
    public void What_recipes_say_passes(string yaml) => Assert.Empty(Faults(yaml));

    [Fact]
    public void It_is_of_the_draft_that_it_names_and_uses_no_other_words()
    {
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)Schema["$schema"]);
        string[] words =
        [
            "$schema",
            "title",
            "description",
            "type",
            "properties",
            "propertyNames",
            "anyOf",
            "enum",
            "items",
            "minimum",
            "maximum",
            "pattern",
            "default",
        ];
        Assert.All(Keywords(Schema), w => Assert.Contains(w, words));
    }

    private static IEnumerable<string> Keywords(JsonObject schema) =>
        schema
            .SelectMany(member =>
                member.Key switch
                {
                    "properties" => member.Value!.AsObject().SelectMany(p => Keywords(p.Value!.AsObject())),
                    "anyOf" => member.Value!.AsArray().SelectMany(s => Keywords(s!.AsObject())),
                    "items" or "propertyNames" => Keywords(member.Value!.AsObject()),
                    _ => [],
                }
            )
            .Concat(schema.Select(m => m.Key));

    private static IReadOnlyList<string> Faults(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. Faults(Schema, Json(stream.Documents[0].RootNode), "")];
    }

    // As much of the draft as the schema uses.
    private static IEnumerable<string> Faults(JsonObject schema, JsonNode? value, string at)
    {
        if (
            schema["type"] is { } type
            && !(type is JsonArray types ? types.Select(t => (string)t!) : [(string)type!]).Any(t => Is(t, value))
        )
            yield return $"{at}: not of type {type.ToJsonString()}";
        if (schema["enum"] is JsonArray words && !words.Any(w => JsonNode.DeepEquals(w, value)))
            yield return $"{at}: none of the words";
        if (schema["anyOf"] is JsonArray any && !any.Any(s => !Faults(s!.AsObject(), value, at).Any()))
            yield return $"{at}: none of the forms";
        if (value?.GetValueKind() == JsonValueKind.Number)
        {
            if (schema["minimum"] is { } low && Number(value) < Number(low))
                yield return $"{at}: too small";
            if (schema["maximum"] is { } high && Number(value) > Number(high))
                yield return $"{at}: too large";
        }
        if (
            schema["pattern"] is { } pattern
            && value?.GetValueKind() == JsonValueKind.String
            && !Regex.IsMatch((string)value!, (string)pattern!)
        )
            yield return $"{at}: not like {pattern}";
        if (schema["items"] is JsonObject items && value is JsonArray list)
        {
            foreach (string fault in list.SelectMany(v => Faults(items, v, at + "[]")))
                yield return fault;
        }
        if (value is not JsonObject map)
            yield break;
        foreach ((string name, JsonNode? member) in map)
        {
            if (schema["propertyNames"] is JsonObject names && Faults(names, name, name).Any())
                yield return $"{name}: unknown";
            if (schema["properties"]?[name] is JsonObject property)
            {
                foreach (string fault in Faults(property, member, name))
                    yield return fault;
            }
        }
    }

    private static double Number(JsonNode node) => double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);

    private static bool Is(string type, JsonNode? value) =>
        type switch
        {
            "null" => value is null,
            "object" => value is JsonObject,
            "array" => value is JsonArray,
            "string" => value?.GetValueKind() == JsonValueKind.String,
            "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
            "number" => value?.GetValueKind() == JsonValueKind.Number,
            "integer" => value?.GetValueKind() == JsonValueKind.Number && Number(value) == Math.Floor(Number(value)),
            _ => throw new ArgumentException(type),
        };

    // YAML's core schema, as editors have it.
    private static JsonNode? Json(YamlNode node) =>
        node switch
        {
            YamlMappingNode map => new JsonObject(
                map.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Json(c.Value)))
            ),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(Json)]),
            YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" } => null,
            YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } flag => JsonValue.Create(flag.Value == "true"),
            YamlScalarNode { Style: ScalarStyle.Plain } scalar
                when double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) =>
                JsonValue.Create(number),
            YamlScalarNode scalar => JsonValue.Create(scalar.Value),
            _ => throw new ArgumentException(node.NodeType.ToString()),
        };
}
