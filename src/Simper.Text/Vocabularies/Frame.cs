using System.Text.Json.Nodes;
using Simper.Text.Tokenization;

namespace Simper.Text.Vocabularies;

/// <summary>What stands around a text: what the class always has there, or the tokens that begin and end a sequence.</summary>
internal static class Frame
{
    /// <summary>The post-processor; null where nothing is put around a text.</summary>
    public static JsonObject? Of(FolderTokens tokens, TokenizerKind kind, IEnumerable<AddedToken> added)
    {
        Dictionary<string, int> ids = added.ToDictionary(t => t.Content, t => t.Id);
        return kind.Before.Count + kind.After.Count > 0
            ? JsonSteps.Template(Found(kind.Before), Found(kind.After))
            : JsonSteps.Template(
                Found(tokens.Flag("add_bos_token", kind.AddsBos) ? ["bos_token"] : []),
                Found(tokens.Flag("add_eos_token", false) ? ["eos_token"] : [])
            );

        // A folder may say null in place of a token: then none is added.
        List<(string, int)> Found(IEnumerable<string> keys) =>
            [.. keys.Select(tokens.Text).OfType<string>().Select(token => (token, ids[token]))];
    }
}
