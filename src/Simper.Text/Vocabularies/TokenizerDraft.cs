using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Tokenization;

namespace Simper.Text.Vocabularies;

/// <summary>A tokenizer.json in the making: steps as JSON; the model, which may be large, by a function that writes it.</summary>
internal sealed record TokenizerDraft
{
    public required Action<Utf8JsonWriter> Model { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    public JsonNode? Normalizer { get; init; }

    public JsonNode? PreTokenizer { get; init; }

    public JsonNode? PostProcessor { get; init; }

    public JsonNode? Decoder { get; init; }

    /// <summary>The bytes of tokenizer.json.</summary>
    public byte[] ToJson()
    {
        var bytes = new ArrayBufferWriter<byte>(1 << 16);
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
        using (var json = new Utf8JsonWriter(bytes, options))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            json.WriteStartArray("added_tokens");
            foreach (AddedToken token in AddedTokens.OrderBy(t => t.Id))
                Write(json, token);
            json.WriteEndArray();
            Write(json, "normalizer", Normalizer);
            Write(json, "pre_tokenizer", PreTokenizer);
            Write(json, "post_processor", PostProcessor);
            Write(json, "decoder", Decoder);
            json.WriteStartObject("model");
            Model(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>The members of a BPE model.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="vocabulary">Tokens and ids.</param>
    /// <param name="merges">Pairs of tokens, first to last.</param>
    public static void WriteBpe(
        Utf8JsonWriter json,
        IEnumerable<KeyValuePair<string, int>> vocabulary,
        IEnumerable<(string Left, string Right)> merges
    )
    {
        json.WriteString("type", "BPE");
        Write(json, vocabulary);
        json.WriteStartArray("merges");
        foreach ((string left, string right) in merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    /// <summary>The member <c>vocab</c>.</summary>
    public static void Write(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, int>> vocabulary)
    {
        json.WriteStartObject("vocab");
        foreach ((string token, int id) in vocabulary)
            json.WriteNumber(token, id);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, JsonNode? node)
    {
        json.WritePropertyName(name);
        if (node is null)
            json.WriteNullValue();
        else
            node.WriteTo(json);
    }

    private static void Write(Utf8JsonWriter json, AddedToken token)
    {
        json.WriteStartObject();
        json.WriteNumber("id", token.Id);
        json.WriteString("content", token.Content);
        json.WriteBoolean("single_word", token.SingleWord);
        json.WriteBoolean("lstrip", token.StripsLeft);
        json.WriteBoolean("rstrip", token.StripsRight);
        json.WriteBoolean("normalized", token.IsNormalized);
        json.WriteBoolean("special", token.IsSpecial);
        json.WriteEndObject();
    }
}
