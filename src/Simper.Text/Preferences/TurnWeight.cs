using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// Whether a turn of the assistant is scored: what data sets say beside its content (ms-swift's loss and loss_weight, OpenAI's
/// weight, axolotl's train and training). A turn is scored as a whole or not at all.
/// </summary>
internal static class TurnWeight
{
    private static readonly string[] Keys = ["loss", "loss_weight", "loss_scale", "weight", "train", "training"];

    /// <summary>Whether a key of a message is such a weight.</summary>
    public static bool Is(string key) => Keys.Contains(key);

    /// <summary>Whether a message is scored; it is where nothing is said.</summary>
    /// <param name="message">The message as written.</param>
    /// <param name="where">Its place in the row.</param>
    /// <param name="place">The row's place.</param>
    /// <exception cref="SimperException">A weight is neither 0 nor 1, true or false.</exception>
    public static bool IsScored(JsonObject message, string where, string place)
    {
        bool isScored = true;
        foreach (string key in Keys)
        {
            if (message[key] is { } weight)
                isScored &= Of(weight, $"{where}.{key}", place);
        }
        return isScored;
    }

    private static bool Of(JsonNode weight, string where, string place) =>
        weight.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when PairScores.Number(weight) is 0 or 1 => PairScores.Number(weight) is 1,
            _ => throw new SimperException(
                $"{place}: \"{where}\" has to be 1 or true (the turn is scored) or 0 or false (it is not), not "
                    + $"{weight.ToJsonString()}; a turn is scored as a whole or not at all."
            ),
        };
}
