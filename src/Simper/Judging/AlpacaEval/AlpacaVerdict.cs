using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Judging.AlpacaEval;

/// <summary>Reads a judge's verdict from the log-probs of its one token, <c>m</c> for the first answer or <c>M</c>.</summary>
public static class AlpacaVerdict
{
    /// <summary>
    /// The preference between 1 (the first answer for certain) and 2 (the second): 1 + p(M) / (p(m) + p(M)). Null where the
    /// completion names neither, or has not one position with log-probs.
    /// </summary>
    /// <param name="completion">A choice of a chat completion, with <c>logprobs</c>.</param>
    public static double? Of(JsonNode? completion)
    {
        if (
            (completion as JsonObject)?["logprobs"] is not JsonObject logProbs
            || logProbs["content"] is not JsonArray { Count: 1 } content
            || (content[0] as JsonObject)?["top_logprobs"] is not JsonArray top
        )
            return null;
        double first = double.NegativeInfinity;
        double second = double.NegativeInfinity;
        foreach (JsonNode? entry in top)
        {
            if (entry is not JsonObject token || token["logprob"]?.GetValueKind() != JsonValueKind.Number)
                continue;
            double logProb = (double)token["logprob"]!;
            switch (token["token"]?.ToString())
            {
                case "m":
                    first = logProb; // of a repeated token the last counts
                    break;
                case "M":
                    second = logProb;
                    break;
            }
        }
        double most = Math.Max(first, second);
        if (double.IsNegativeInfinity(most) || double.IsNaN(most))
            return null;
        double total = most + Math.Log(Math.Exp(first - most) + Math.Exp(second - most));
        return 2 - Math.Exp(first - total);
    }

    /// <summary>The preference for the model's answer: the judge's, turned back if the answers were switched.</summary>
    public static double? Of(JsonNode? completion, bool isSwitched) =>
        Of(completion) is { } preference ? (isSwitched ? 3 - preference : preference) : null;
}
