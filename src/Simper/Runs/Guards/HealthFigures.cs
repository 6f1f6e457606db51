namespace Simper.Runs.Guards;

/// <summary>What a check of a model's health measured. NaN where there was nothing to measure.</summary>
internal sealed record HealthFigures
{
    /// <summary>exp(-mean over held-out chosen answers of their mean log-prob per token).</summary>
    public required double ChosenPerplexity { get; init; }

    /// <summary>Mean chance of the token that ends a chosen answer, after that answer.</summary>
    public required double StopChance { get; init; }

    /// <summary>Perplexity per token of a text, or of the held-out prompts.</summary>
    public required double TextPerplexity { get; init; }

    /// <summary>Share of the n-grams of greedy answers that the answer had before, mean over answers.</summary>
    public required double Repetition { get; init; }

    /// <summary>Share of greedy answers that did not end by themselves.</summary>
    public required double AtLimit { get; init; }

    /// <summary>Mean length of greedy answers in tokens.</summary>
    public required double Length { get; init; }

    /// <summary>All of them under their logged names, without those that were not measured.</summary>
    public IEnumerable<KeyValuePair<string, double>> Named() =>
        (
            (ReadOnlySpan<(string, double)>)
                [
                    ("ppl_chosen", ChosenPerplexity),
                    ("stop_chance", StopChance),
                    ("ppl_text", TextPerplexity),
                    ("repetition", Repetition),
                    ("at_limit", AtLimit),
                    ("length", Length),
                ]
        )
            .ToArray()
            .Where(f => !double.IsNaN(f.Item2))
            .Select(f => KeyValuePair.Create("health/" + f.Item1, f.Item2));
}
