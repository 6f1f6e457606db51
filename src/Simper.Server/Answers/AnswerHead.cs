using System.Text.Json;

namespace Simper.Server.Answers;

/// <summary>What stands around the choices of an answer, and of each of its chunks.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Created">When it was asked for.</param>
/// <param name="Whole">What a whole answer is called.</param>
/// <param name="Piece">What a chunk is called.</param>
internal sealed record AnswerHead(string Id, string Model, DateTimeOffset Created, string Whole, string Piece)
{
    /// <summary>A head with a name of its own.</summary>
    /// <param name="prefix">The kind of answer.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="whole">What a whole answer is called.</param>
    /// <param name="piece">What a chunk is called.</param>
    public static AnswerHead New(string prefix, string model, string whole, string piece) =>
        new($"{prefix}-{Guid.NewGuid():N}", model, DateTimeOffset.UtcNow, whole, piece);

    /// <summary>Begins a whole answer; its choices follow.</summary>
    public void BeginWhole(Utf8JsonWriter json) => Begin(json, Whole);

    /// <summary>Ends a whole answer.</summary>
    public static void EndWhole(Utf8JsonWriter json, Usage usage)
    {
        json.WriteEndArray();
        usage.Write(json);
        json.WriteEndObject();
    }

    /// <summary>A chunk with a part of one choice.</summary>
    /// <param name="choice">Writes the choice.</param>
    /// <param name="usageFollows">Whether a chunk with the numbers of tokens ends the stream.</param>
    public Action<Utf8JsonWriter> Chunk(Action<Utf8JsonWriter> choice, bool usageFollows) =>
        json =>
        {
            Begin(json, Piece);
            choice(json);
            json.WriteEndArray();
            if (usageFollows)
                json.WriteNull("usage");
            json.WriteEndObject();
        };

    /// <summary>Writes the chunk that ends a stream with the numbers of tokens.</summary>
    public void WriteUsage(Utf8JsonWriter json, Usage usage)
    {
        Begin(json, Piece);
        EndWhole(json, usage);
    }

    /// <summary>Writes a choice, or a part of it.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="index">Its number.</param>
    /// <param name="finish">Why it ended; null while it has not.</param>
    /// <param name="content">Writes its text and log-probs.</param>
    public static void WriteChoice(Utf8JsonWriter json, int index, string? finish, Action content)
    {
        json.WriteStartObject();
        json.WriteNumber("index", index);
        content();
        json.WriteString("finish_reason", finish);
        json.WriteEndObject();
    }

    private void Begin(Utf8JsonWriter json, string kind)
    {
        json.WriteStartObject();
        json.WriteString("id", Id);
        json.WriteString("object", kind);
        json.WriteNumber("created", Created.ToUnixTimeSeconds());
        json.WriteString("model", Model);
        json.WriteStartArray("choices");
    }
}
