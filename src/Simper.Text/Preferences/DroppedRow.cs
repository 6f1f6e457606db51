namespace Simper.Text.Preferences;

/// <summary>A dropped row.</summary>
/// <param name="Row">Its number, from 1.</param>
/// <param name="Place">File and line.</param>
/// <param name="Reason">Why.</param>
public sealed record DroppedRow(int Row, string Place, string Reason);
