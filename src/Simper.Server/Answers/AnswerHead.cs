using System.Text.Json;

namespace Simper.Server.Answers;

/// <summary>What stands at the head of an answer and of each of its chunks.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Created">When it was asked for.</param>
internal sealed record AnswerHead(string Id, string Model, DateTimeOffset Created)
{
    /// <summary>A head with a name of its own.</summary>
    /// <param name="prefix">The kind of answer.</param>
    /// <param name="model">The model's name.</param>
    public static AnswerHead New(string prefix, string model) =>
        new($"{prefix}-{Guid.NewGuid():N}", model, DateTimeOffset.UtcNow);

    /// <summary>Writes its properties.</summary>
    public void Write(Utf8JsonWriter json, string kind)
    {
        json.WriteString("id", Id);
        json.WriteString("object", kind);
        json.WriteNumber("created", Created.ToUnixTimeSeconds());
        json.WriteString("model", Model);
    }
}
