using System.Globalization;

namespace Simper.Judging.OnPolicy;

/// <summary>How often a judge is asked about the same, and how it answers.</summary>
public sealed record JudgeSettings
{
    /// <summary>Judgements that are averaged.</summary>
    public int Judgements { get; init; } = 1;

    /// <summary>The judge's temperature; null for 0 where one judgement is asked for, and 0.7 where several are.</summary>
    public double? Temperature { get; init; }

    /// <summary>How often a reply without a verdict is asked for again.</summary>
    public int Repeats { get; init; } = 2;

    /// <exception cref="SimperException">A value out of its range.</exception>
    public void Validate()
    {
        if (Judgements is < 1 or > 64)
            throw new SimperException($"judgements is {Judgements}; it has to be between 1 and 64.");
        if (Temperature is < 0 or > 2 or double.NaN)
            throw new SimperException(
                string.Create(CultureInfo.InvariantCulture, $"judge_temperature is {Temperature}; it has to be between 0 and 2.")
            );
        if (Judgements > 1 && Temperature == 0)
            throw new SimperException(
                "judge_temperature is 0, which gives the same judgement each time; ask for one, or give a temperature above 0."
            );
    }

    // A reply without a verdict would come again word for word at temperature 0.
    private const double Warm = 0.7;

    internal double TemperatureOf(int judgement, int repeat) =>
        repeat > 0 ? Math.Max(Warm, Temperature ?? Warm) : Temperature ?? (Judgements > 1 ? Warm : 0);
}
