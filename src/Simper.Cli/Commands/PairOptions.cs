using System.CommandLine;
using System.Globalization;
using Simper.Judging.OnPolicy;
using Simper.Text.Preferences;

namespace Simper.Cli.Commands;

/// <summary>The options of simper data generate that say how answers are scored and paired.</summary>
internal sealed class PairOptions
{
    private readonly Option<string[]> _scores = new("--score")
    {
        HelpName = "RULE",
        Description =
            "How answers are scored: length:40..80 (characters), words:5..20, regex:PATTERN. May be given several times.",
        AllowMultipleArgumentsPerToken = false,
    };
    private readonly Option<string?> _weights = new("--score_weights")
    {
        HelpName = "NUMBERS",
        Description = "How much each --score counts, in order, as 1,0.5; below 0, less is better. 1 each without it.",
    };
    private readonly Option<string> _pairs = new("--pairs")
    {
        HelpName = "WHICH",
        Description = "best_worst, all, random (one a prompt), or ranked: all answers of a prompt with their scores, as a row.",
        DefaultValueFactory = _ => "best_worst",
    };
    private readonly Option<double> _gap = new("--min_gap") { Description = "Scores of a pair differ by this at least." };
    private readonly Option<bool> _cut = new("--allow_cut")
    {
        Description = "Let answers be chosen that were cut at --max_new_tokens; they teach not to end.",
    };
    private readonly Option<bool> _all = new("--keep_all") { Description = "Write all answers with their scores into each row." };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_scores, _weights, _pairs, _gap, _cut, _all])
            command.Options.Add(option);
    }

    /// <exception cref="SimperException">No score is asked for, or one that there is not.</exception>
    public IReadOnlyList<WeightedScorer> Scorers(ParseResult parsed)
    {
        string[] asked = parsed.GetValue(_scores) ?? [];
        if (asked.Length == 0)
            throw new SimperException("How are answers scored? Give --score, such as length:40..80 or regex:PATTERN.");
        double[] weights = Weights(parsed, asked.Length);
        return [.. asked.Select((rule, i) => new WeightedScorer(AnswerRules.Parse(rule), weights[i]))];
    }

    /// <exception cref="SimperException">A value out of its range.</exception>
    public PairSettings Settings(ParseResult parsed, long seed)
    {
        var settings = new PairSettings
        {
            Pairing = TokenizationNames.Find(PairSettings.Pairings, parsed.GetValue(_pairs)!, "--pairs"),
            MinGap = parsed.GetValue(_gap),
            AllowsCut = parsed.GetValue(_cut),
            KeepsAll = parsed.GetValue(_all),
            Seed = seed,
        };
        settings.Validate();
        return settings;
    }

    private double[] Weights(ParseResult parsed, int count)
    {
        if (parsed.GetValue(_weights) is not { } text)
            return [.. Enumerable.Repeat(1.0, count)];
        string[] parts = text.Split(',');
        var weights = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out weights[i]) || weights[i] == 0)
                throw new SimperException($"--score_weights is {text}; give a number other than 0 for each --score, as 1,0.5.");
        }
        return weights.Length == count
            ? weights
            : throw new SimperException(
                $"--score_weights has {weights.Length} number{(weights.Length == 1 ? "" : "s")} for {count} --score; give one "
                    + "for each."
            );
    }
}
