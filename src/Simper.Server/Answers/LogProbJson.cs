using System.Text.Json;

namespace Simper.Server.Answers;

/// <summary>
/// Writes log-probs. A token's own and the largest of its place are printed from the same number, since harnesses find out by
/// comparing them whether the token was the likeliest.
/// </summary>
internal static class LogProbJson
{
    private const double Least = -9999; // JSON has no infinities

    /// <summary>The form of /v1/completions: four lists.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="alternatives">How many of the likeliest are shown beside each; the token itself is, always.</param>
    /// <param name="names">Names of tokens.</param>
    public static void WriteLists(Utf8JsonWriter json, IReadOnlyList<ShownToken> tokens, int alternatives, TokenNames names)
    {
        json.WriteStartObject("logprobs");
        json.WriteStartArray("tokens");
        foreach (ShownToken token in tokens)
            json.WriteStringValue(names.NameOf(token.Id));
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (ShownToken token in tokens)
            Value(json, token.LogProb);
        json.WriteEndArray();
        if (alternatives == 0)
            json.WriteNull("top_logprobs");
        else
        {
            json.WriteStartArray("top_logprobs");
            foreach (ShownToken token in tokens)
                Map(json, token, alternatives, names);
            json.WriteEndArray();
        }
        json.WriteStartArray("text_offset");
        foreach (ShownToken token in tokens)
            json.WriteNumberValue(token.Offset);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The form of /v1/chat/completions: an object for each token.</summary>
    public static void WriteContent(Utf8JsonWriter json, IReadOnlyList<ShownToken> tokens, int alternatives, TokenNames names)
    {
        json.WriteStartObject("logprobs");
        json.WriteStartArray("content");
        foreach (ShownToken token in tokens)
        {
            json.WriteStartObject();
            Entry(json, token.Id, token.LogProb ?? 0, names);
            json.WriteStartArray("top_logprobs");
            foreach ((int id, double logProb) in token.Likeliest.Take(alternatives))
            {
                json.WriteStartObject();
                Entry(json, id, logProb, names);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNull("refusal");
        json.WriteEndObject();
    }

    private static void Entry(Utf8JsonWriter json, int id, double logProb, TokenNames names)
    {
        json.WriteString("token", names.NameOf(id));
        json.WritePropertyName("logprob");
        Value(json, logProb);
        json.WriteStartArray("bytes");
        foreach (byte b in names.BytesOf(id))
            json.WriteNumberValue(b);
        json.WriteEndArray();
    }

    private static void Map(Utf8JsonWriter json, ShownToken token, int alternatives, TokenNames names)
    {
        if (token.LogProb is not { } own)
        {
            json.WriteNullValue();
            return;
        }
        // By name: of several tokens with one name the likeliest has it.
        var written = new HashSet<string>(StringComparer.Ordinal);
        json.WriteStartObject();
        bool isShown = false;
        foreach ((int id, double logProb) in token.Likeliest.Take(alternatives))
        {
            Property(id, logProb);
            isShown |= id == token.Id;
        }
        if (!isShown)
            Property(token.Id, own);
        json.WriteEndObject();

        void Property(int id, double logProb)
        {
            string name = names.NameOf(id);
            if (!written.Add(name))
                name = TokenNames.Unique(id);
            json.WritePropertyName(name);
            Value(json, logProb);
        }
    }

    private static void Value(Utf8JsonWriter json, double? logProb)
    {
        if (logProb is { } value)
            json.WriteNumberValue(value >= Least ? value : Least); // not a number: least
        else
            json.WriteNullValue();
    }
}
