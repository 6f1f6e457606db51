using System.Diagnostics;

namespace Simper.Text.Templates;

/// <summary>Limits of one rendering, so that no template can run forever or exhaust memory.</summary>
internal sealed class Budget
{
    private const int MostSteps = 2_000_000;
    private const int LongestText = 8 << 20;
    private const int LongestList = 1 << 20;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly long _started = Stopwatch.GetTimestamp();
    private long _steps;

    /// <summary>Steps of a turn of a loop beside what it evaluates: it makes a scope.</summary>
    public const int Turn = 2;

    /// <summary>Steps of a macro's call beside what it evaluates: it makes a scope, a text and maps.</summary>
    public const int Call = 24;

    /// <summary>Counts work: evaluated nodes, created characters, 64 per step, and items, 8 per step.</summary>
    public void Spend(int line, long steps = 1)
    {
        long before = _steps;
        _steps += steps;
        if (_steps > MostSteps)
            throw new TemplateException(line, $"it takes more than {MostSteps:N0} steps.");
        if (before >> 12 != _steps >> 12 && Stopwatch.GetElapsedTime(_started) > Longest)
            throw new TemplateException(line, $"it takes more than {Longest.TotalSeconds} seconds.");
    }

    /// <summary>Allows a string of a given length, or refuses it before it is created.</summary>
    public void Allow(int line, long size)
    {
        if (size > LongestText)
            throw new TemplateException(line, $"it makes a text of more than {LongestText:N0} characters.");
        Spend(line, size / 64);
    }

    /// <summary>The same for a list.</summary>
    public void AllowItems(int line, long count)
    {
        if (count > LongestList)
            throw new TemplateException(line, $"it makes a list of more than {LongestList:N0} items.");
        Spend(line, count / 8);
    }
}
