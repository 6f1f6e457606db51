namespace Simper.Text.Preferences;

public sealed record TokenizedAnswer
{
    public required int[] Ids { get; init; }

    public required bool[] IsScored { get; init; }

    public bool WasCut { get; init; }
}
