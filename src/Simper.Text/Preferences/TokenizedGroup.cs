namespace Simper.Text.Preferences;

public sealed record TokenizedGroup
{
    public required int[] Prompt { get; init; }

    public required TokenizedAnswer[] Answers { get; init; }

    public int Row { get; init; }
}
