using System.Text.Json.Nodes;

namespace Simper.Judging.OnPolicy;

/// <summary>One of a model's answers to a prompt.</summary>
/// <param name="Text">What it says; may be empty.</param>
/// <param name="IsCut">Whether it ended where its room did, instead of where the model ended it.</param>
/// <param name="Tokens">Its length in tokens, the one that ended it included; null where a server does not say.</param>
public sealed record SampledAnswer(string Text, bool IsCut, int? Tokens = null)
{
    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["text"] = Text, ["finish_reason"] = IsCut ? "length" : "stop" };
        if (Tokens is { } tokens)
            json["tokens"] = tokens;
        return json;
    }

    internal static SampledAnswer Of(JsonObject json) =>
        new((string)json["text"]!, (string?)json["finish_reason"] == "length", (int?)json["tokens"]);
}
