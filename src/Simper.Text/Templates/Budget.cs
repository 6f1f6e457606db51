using System.Diagnostics;

namespace Simper.Text.Templates;

/// <summary>Limits of one rendering, so that no template can run forever or exhaust memory.</summary>
internal sealed class Budget
{
    private const int MostSteps = 2_000_000;
    private const int LongestText = 8 << 20;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly long _started = Stopwatch.GetTimestamp();
    private long _steps;

    /// <summary>Counts work: evaluated nodes, and created characters or items, 64 per step.</summary>
    public void Spend(int line, long steps = 1)
    {
        long before = _steps;
        _steps += steps;
        if (_steps > MostSteps)
            throw new TemplateException(line, $"it takes more than {MostSteps:N0} steps.");
        if (before >> 12 != _steps >> 12 && Stopwatch.GetElapsedTime(_started) > Longest)
            throw new TemplateException(line, $"it takes more than {Longest.TotalSeconds} seconds.");
    }

    /// <summary>Allows a string or list of a given size, or refuses it before it is created.</summary>
    public void Allow(int line, long size)
    {
        if (size > LongestText)
            throw new TemplateException(line, $"it makes a text or list of more than {LongestText:N0} characters or items.");
        Spend(line, size / 64);
    }
}
