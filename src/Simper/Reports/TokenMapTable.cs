using Simper.Ledgers;

namespace Simper.Reports;

/// <summary>Answers with their tokens coloured: how likely each is before and after training, and how that changed.</summary>
internal static class TokenMapTable
{
    // -log π from which on a token has the next colour: probabilities of 0.9, 0.7, 0.5, 0.25, 0.06, 0.004.
    private static readonly double[] Surprise = [0.105, 0.357, 0.693, 1.386, 2.773, 5.545];

    // And of its change, either way.
    private static readonly double[] Change = [0.05, 0.25, 0.7, 1.4, 2.8, 5.5];

    public static Html Of(IReadOnlyList<TokenMap> maps) =>
        maps.Count == 0
            ? Html.Empty
            : Html.Of(
                $"""
                <h2>Token by token</h2>
                <p class="note">Before and after: the darker, the less likely a token was ({Legend(
                    "un"
                )}: a probability below 0.9, 0.7,
                0.5, 0.25, 0.06, 0.004). Change: {Legend("up")} more likely now, {Legend(
                    "dn"
                )} less likely now. Tokens without colour in
                grey are not scored. Point at a token for its numbers.</p>
                {maps.GroupBy(m => m.Pair).Select(OfPair)}
                """
            );

    private static Html OfPair(IGrouping<PairKey, TokenMap> pair) =>
        Html.Of(
            $"""
            <h3>{LedgerNames.Of(pair.Key.Split).Replace('_', ' ')}, row {pair.Key.Row}</h3>
            <p class="note">{pair.First().Prompt}</p>
            <div class="wide"><table class="tokens"><tbody>{pair.Select(OfAnswer)}</tbody></table></div>

            """
        );

    private static Html OfAnswer(TokenMap map) =>
        Html.Of(
            $"""
            <tr><th rowspan="3">{map.Name}</th><th>before</th><td class="text">{map.Tokens.Select(t =>
                Token(t, OfLevel("un", -t.Before, Surprise))
            )}</td></tr>
            <tr><th>after</th><td class="text">{map.Tokens.Select(t => Token(t, OfLevel("un", -t.After, Surprise)))}</td></tr>
            <tr><th>change</th><td class="text">{map.Tokens.Select(t => Token(t, OfChange(t.After - t.Before)))}</td></tr>

            """
        );

    private static Html Token(TokenMap.Token token, string colour) =>
        double.IsNaN(token.Before)
            ? Html.Of($"<span class=\"open\">{token.Text}</span>")
            : Html.Of(
                $"<span class=\"{colour}\" title=\"log p {Shown.Number(token.Before)} → {Shown.Number(token.After)}\">"
                    + $"{token.Text}</span>"
            );

    private static string OfChange(double change) => change < 0 ? OfLevel("dn", -change, Change) : OfLevel("up", change, Change);

    private static string OfLevel(string scale, double value, double[] bounds) =>
        bounds.Count(b => value >= b) is > 0 and var level ? $"{scale}{level}" : "";

    private static Html Legend(string scale) =>
        Html.Join(
            Enumerable.Range(1, Surprise.Length).Select(l => Html.Of($"<span class=\"{scale}{l}\">&nbsp;{l}&nbsp;</span>"))
        );
}
