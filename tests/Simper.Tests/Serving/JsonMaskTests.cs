using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Simper.Generation;
using Simper.Models;
using Simper.Serving;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Toys;
using Simper.Text.Tokenization;

namespace Simper.Tests.Serving;

public class JsonMaskTests
{
    private static readonly Lazy<SortedTokens> Bytes = new(() => new SortedTokens(ByteTokenizer(), 320));

    internal static SortedTokens ByteTokens => Bytes.Value;

    private static Tokenizer ByteTokenizer() => Tokenizer.Parse(TokenizerJson(), "toy");

    // All bytes, and some words that end in the middle of what JSON is made of.
    private static byte[] TokenizerJson()
    {
        var vocabulary = new JsonObject();
        foreach (int b in Enumerable.Range(0, 256))
            vocabulary[$"<0x{b:X2}>"] = b;
        string[] words =
        [
            "\":",
            "{\"",
            "\",\"",
            "true",
            "fal",
            "se}",
            "nul",
            "▁",
            "▁\"",
            "12",
            "0.",
            "e-",
            "]}",
            "[[",
            "\\u00",
            "na",
            "me\"",
            "é",
        ];
        foreach (string word in words)
            vocabulary[word] = vocabulary.Count;
        var json = new JsonObject
        {
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray(),
                ["byte_fallback"] = true,
            },
            ["decoder"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["decoders"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Replace",
                        ["pattern"] = new JsonObject { ["String"] = "▁" },
                        ["content"] = " ",
                    },
                    new JsonObject { ["type"] = "ByteFallback" },
                    new JsonObject { ["type"] = "Fuse" }
                ),
            },
        };
        return System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    private static ITokenMask Mask(string schema) => new GrammarMask(Bytes.Value, JsonSchemaRules.Of(JsonNode.Parse(schema)!));

    // Any allowed token at random, and those that close what is open more and more often.
    private static string Written(ITokenMask mask, SortedTokens tokens, Random random)
    {
        ITokenMaskState state = mask.Start();
        var bytes = new List<byte>();
        for (int step = 0; ; step++)
        {
            if (state.IsComplete && random.Next(4) == 0)
                break;
            ReadOnlySpan<ulong> allowed = state.Allowed;
            var options = new List<(byte[] Bytes, int Id)>();
            foreach ((byte[] Bytes, int Id) token in tokens.All)
            {
                if ((allowed[token.Id / 64] >> (token.Id % 64) & 1) != 0)
                    options.Add(token);
            }
            if (options.Count == 0)
            {
                Assert.True(state.IsComplete, "nothing may follow, and nothing may end");
                break;
            }
            List<(byte[] Bytes, int Id)> closing =
            [
                .. options.Where(o => o.Bytes is [(byte)'"'] or [(byte)'}'] or [(byte)']'] or [>= (byte)'0' and <= (byte)'9']),
            ];
            bool closes = closing.Count > 0 && random.Next(60) < step;
            (byte[] Bytes, int Id) next = closes ? closing[random.Next(closing.Count)] : options[random.Next(options.Count)];
            bytes.AddRange(next.Bytes);
            state.Accept(next.Id);
            Assert.True(step < 20_000, "no end");
        }
        return System.Text.Encoding.UTF8.GetString([.. bytes]);
    }

    [Fact]
    public void Any_object_is_JSON()
    {
        var mask = new GrammarMask(Bytes.Value, JsonRules.AnyObject);
        Gen.Int.Sample(
            seed =>
                Assert.Equal(JsonValueKind.Object, JsonNode.Parse(Written(mask, Bytes.Value, new Random(seed)))!.GetValueKind()),
            iter: 100,
            threads: 1
        );
    }

    public static TheoryData<string> Schemas =>
        [
            """
                {"type": "object", "required": ["name", "age"], "properties":
                  {"name": {"type": "string"}, "age": {"type": "integer"}}}
                """,
            """
                {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": ["null", "boolean"]}, "c": {}},
                 "required": ["b"]}
                """,
            """
                {"type": "array", "items": {"enum": ["red", "é \"quoted\"", 3, null, {"x": [1]}]}, "minItems": 2, "maxItems": 3}
                """,
            """
                {"anyOf": [{"type": "integer"},
                  {"type": "object", "properties": {"k": {"const": "v"}}, "required": ["k"], "additionalProperties": false},
                  {"type": "object", "properties": {"kk": {"type": "boolean"}}, "required": ["kk"]}]}
                """,
            """{"type": "object", "additionalProperties": {"type": "integer"}}""",
            """{"type": "object", "required": ["free"]}""",
            """{"type": "object", "additionalProperties": false}""",
            """
                {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "required": ["value", "next"], "properties":
                  {"value": {"type": "integer"}, "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}}}
                """,
            """{"type": "array", "maxItems": 0}""",
            """
                {"properties": {"deep": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}},
                 "required": ["deep"]}
                """,
            """{"type": "string", "pattern": "^[a-z]{2,5}$"}""",
            """{"type": "string", "pattern": "^\\d{4}-\\d\\d$|^é[\"n\\\\]+$"}""",
            """{"type": "string", "pattern": "[0-9]", "maxLength": 12}""",
            """{"type": "string", "minLength": 3, "maxLength": 5}""",
            """{"type": ["string", "null"], "minLength": 4}""",
            """{"type": "integer", "minimum": -7, "exclusiveMaximum": 120}""",
            """{"type": "integer", "exclusiveMinimum": 98}""",
            """{"type": "number", "minimum": 0.25, "maximum": 17}""",
            """{"minimum": 3}""",
            """
                {"type": "array", "prefixItems": [{"type": "integer"}, {"enum": ["a"]}], "items": {"type": "null"}, "minItems": 1,
                 "maxItems": 4}
                """,
            """{"type": "array", "prefixItems": [{"type": "boolean"}, {"type": "integer"}], "items": false}""",
            """
                {"discriminator": {"propertyName": "kind"},
                 "oneOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}, {"type": "null"}],
                 "$defs": {"a": {"type": "object", "properties": {"kind": {"const": "a"}, "x": {"type": "integer"}},
                             "required": ["kind", "x"]},
                           "b": {"type": "object", "properties": {"kind": {"const": "b"}, "x": {"type": "integer"}},
                             "required": ["kind"]}}}
                """,
            """{"oneOf": [{"type": "integer", "maximum": 3}, {"type": "integer", "exclusiveMinimum": 3}, {"type": "string"}]}""",
            """{"title": "anything"}""",
            "true",
        ];

    [Theory]
    [MemberData(nameof(Schemas))]
    public void What_is_written_parses_and_is_valid(string schema)
    {
        ITokenMask mask = Mask(schema);
        JsonNode parsed = JsonNode.Parse(schema)!;
        Gen.Int.Sample(
            seed =>
            {
                string text = Written(mask, Bytes.Value, new Random(seed));
                Assert.True(SchemaCheck.Holds(parsed, SchemaCheck.Read(text), parsed), $"{text} is not of {schema}");
            },
            iter: 60,
            threads: 1
        );
    }

    [Fact]
    public async Task A_model_under_a_mask_writes_what_is_valid_and_ends()
    {
        JsonObject config = JsonNode.Parse(ToyDecoder.Config)!.AsObject();
        (config["vocab_size"], config["eos_token_id"], config["max_position_embeddings"]) = (320, 300, 512);
        var files = new ModelFiles("toy", config) { TokenizerJson = TokenizerJson() };
        using var model = new ServedModel("toy", LanguageModel.Create(files, seed: 3, Precision.Float32));
        await using var engine = new GenerationEngine(model);
        JsonNode schema = JsonNode.Parse(
            """
            {"properties": {"ok": {"type": "boolean"}, "kind": {"enum": ["a", "b"]},
              "list": {"items": {"type": "integer"}, "maxItems": 3}}, "required": ["ok", "list"]}
            """
        )!;
        GenerationTicket ticket = engine.Submit(
            new GenerationRequest
            {
                Prompt = [1, 2, 3],
                MaxTokens = 400,
                Samples = 16,
                Mask = JsonMask.ForSchema(schema, model),
                Sampling = new SamplingSettings { Temperature = 2 },
            }
        );
        for (int i = 0; i < 16; i++)
        {
            ToyServer.Answer answer = await ToyServer.Read(ticket, i);
            Assert.Equal(FinishReason.Stop, answer.Finish);
            byte[] bytes = [.. answer.Ids.SkipLast(1).SelectMany(id => model.Tokenizer.BytesOf(id)!)];
            string text = System.Text.Encoding.UTF8.GetString(bytes);
            Assert.True(SchemaCheck.Holds(schema, SchemaCheck.Read(text), schema), text);
        }
    }

    [Theory]
    [InlineData("""{"type": "string", "pattern": "(?=a)"}""", "pattern \"(?=a)\" at #, which looks ahead")]
    [InlineData("""{"type": "string", "pattern": 1}""", "#/pattern has to be a text")]
    [InlineData("""{"type": "string", "pattern": "^a{3}$", "maxLength": 2}""", "no text of that length")]
    [InlineData("""{"type": "string", "minLength": 2, "maxLength": 1}""", "more than maxLength")]
    [InlineData("""{"type": "string", "minLength": -2}""", "#/minLength")]
    [InlineData(
        """{"type": "object", "properties": {"a": {"type": "integer", "multipleOf": 2}}}""",
        "multipleOf at #/properties/a"
    )]
    [InlineData("""{"type": "integer", "minimum": 1, "maximum": 0}""", "no integer")]
    [InlineData("""{"type": "integer", "minimum": 0.1, "maximum": 0.9}""", "no integer")]
    [InlineData("""{"type": "number", "exclusiveMinimum": true}""", "#/exclusiveMinimum")]
    [InlineData("""{"oneOf": [{"type": "string"}, {"type": "string", "minLength": 2}]}""", "options 0 and 1 may both hold")]
    [InlineData("""{"oneOf": [{"type": "integer"}, {"type": "number"}]}""", "oneOf at #/oneOf")]
    [InlineData("""{"oneOf": [{"enum": [1, 2]}, {"const": 2}]}""", "may both hold")]
    [InlineData("""{"type": "object", "patternProperties": {"a": {}}}""", "patternProperties")]
    [InlineData("""{"not": {}}""", "not at #")]
    [InlineData("""{"type": "array", "uniqueItems": true}""", "uniqueItems")]
    [InlineData("""{"anyOf": [{"type": "string"}], "properties": {}}""", "properties beside anyOf")]
    [InlineData("""{"type": "text"}""", "#/type")]
    [InlineData("""{"type": "array", "items": 3}""", "#/items")]
    [InlineData("""{"type": "array", "minItems": 3, "maxItems": 2}""", "more than maxItems")]
    [InlineData("""{"$ref": "#/$defs/none"}""", "not in the schema")]
    [InlineData("""{"$ref": "#"}""", "refers to itself")]
    [InlineData("""{"type": "integer", "enum": ["a"]}""", "no value of the type")]
    [InlineData("[]", "has to be a schema")]
    public void What_cannot_be_held_is_refused_by_name(string schema, string words) =>
        Assert.Contains(words, Assert.Throws<SimperException>(() => Mask(schema)).Message, StringComparison.Ordinal);

    [Fact]
    public void Tokens_of_a_real_vocabulary_are_walked_as_fast_as_they_are_needed()
    {
        SharedFiles.Expect();
        Tokenizer tokenizer = Tokenizer.Load(SharedFiles.Path("models", "smollm2-135m-instruct", "tokenizer.json"));
        var tokens = new SortedTokens(tokenizer, tokenizer.VocabularySize);
        var mask = new GrammarMask(
            tokens,
            JsonSchemaRules.Of(JsonNode.Parse("""{"properties": {"name": {"type": "string"}}, "required": ["name"]}""")!)
        );
        foreach (string answer in (string[])["{\"name\": \"Zoë \\u00e9\\n\"}", "{\n  \"name\": \"\"\n}"])
        {
            ITokenMaskState state = mask.Start();
            foreach (int id in tokenizer.EncodeToIds(answer))
            {
                Assert.False(state.IsComplete);
                Assert.True((state.Allowed[id / 64] >> (id % 64) & 1) != 0, $"{tokenizer.TokenOf(id)} may not follow");
                state.Accept(id);
            }
            Assert.True(state.IsComplete);
            Assert.False(state.Allowed.ContainsAnyExcept(0UL));
        }
    }
}
