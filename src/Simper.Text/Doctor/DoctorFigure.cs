namespace Simper.Text.Doctor;

/// <summary>A figure about a file.</summary>
/// <param name="Id">Its stable name.</param>
/// <param name="What">What it is.</param>
/// <param name="Value">Its value; shares are between 0 and 1.</param>
/// <param name="Text">Value and interval as text.</param>
public sealed record DoctorFigure(string Id, string What, double Value, string Text);
