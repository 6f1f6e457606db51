using System.CommandLine;
using System.Globalization;
using Simper.Judging;
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
            "How answers are scored: length:40..80 (characters), words:5..20, regex:PATTERN, exact:COLUMN, contains:COLUMN, "
            + "math:COLUMN, ifeval; judge (1 to 10), pairwise, by --judge. May be given several times.",
        AllowMultipleArgumentsPerToken = false,
    };
    private readonly Option<string?> _weights = new("--score_weights")
    {
        HelpName = "NUMBERS",
        Description = "How much each --score counts, in order, as 1,0.5; below 0, less is better. 1 each without it.",
    };
    private readonly Option<int> _judgements = new("--judgements")
    {
        HelpName = "N",
        Description = "Judgements of the same that are averaged.",
        DefaultValueFactory = _ => new JudgeSettings().Judgements,
    };
    private readonly Option<double?> _temperature = new("--judge_temperature")
    {
        Description = "The judge's temperature; without it 0 for one judgement, 0.7 for several.",
    };
    private readonly Option<string?> _prompt = new("--judge_prompt")
    {
        HelpName = "FILE",
        Description = "What --score judge asks, with {prompt} and {answer}; the rating is the last number in [[ ]].",
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
        foreach (Option option in (Option[])[_scores, _weights, _judgements, _temperature, _prompt, _pairs, _gap, _cut, _all])
            command.Options.Add(option);
    }

    /// <summary>Who scores. With a judge and no score it rates.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="judge">The judge; null for none. It must outlive the scorers.</param>
    /// <exception cref="SimperException">No score is asked for, or one that there is not.</exception>
    public IReadOnlyList<WeightedScorer> Scorers(ParseResult parsed, JudgeClient? judge)
    {
        string[] asked = parsed.GetValue(_scores) ?? [];
        if (asked.Length == 0 && judge is null)
            throw new SimperException(
                "How are answers scored? Give --score a rule, such as length:40..80 or regex:PATTERN, or --judge a "
                    + "model on a server."
            );
        if (asked.Length == 0)
            asked = [JudgeRating.Kind];
        if (judge is not null && !asked.Any(a => a is JudgeRating.Kind or JudgePreference.Kind))
            throw new SimperException(
                $"--judge is named, but no --score asks it; add --score {JudgeRating.Kind} or {JudgePreference.Kind}."
            );
        if (asked.GroupBy(a => a).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new SimperException($"--score {twice.Key} is given twice; give it once, with a weight in --score_weights.");
        double[] weights = Weights(parsed, asked.Length);
        var settings = new JudgeSettings
        {
            Judgements = parsed.GetValue(_judgements),
            Temperature = parsed.GetValue(_temperature),
        };
        return [.. asked.Select((rule, i) => new WeightedScorer(Scorer(parsed, rule, judge, settings), weights[i]))];
    }

    private IAnswerScorer Scorer(ParseResult parsed, string rule, JudgeClient? judge, JudgeSettings settings) =>
        rule switch
        {
            JudgeRating.Kind or JudgePreference.Kind when judge is null => throw new SimperException(
                $"--score {rule} asks a judge; give --judge a model's name, and --base_url its server."
            ),
            JudgeRating.Kind => new JudgeRating(judge, settings, JudgePrompt(parsed)),
            JudgePreference.Kind => new JudgePreference(judge, settings),
            _ => AnswerRules.Parse(rule),
        };

    private string JudgePrompt(ParseResult parsed)
    {
        if (parsed.GetValue(_prompt) is not { } file)
            return JudgeRating.UsualPrompt;
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"--judge_prompt: {file} cannot be read: {SystemFault.Sentence(e)}.", e);
        }
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
