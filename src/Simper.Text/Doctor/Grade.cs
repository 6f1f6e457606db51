namespace Simper.Text.Doctor;

/// <summary>How much a finding matters; a greater value matters more.</summary>
public enum Grade
{
    /// <summary>Worth knowing; often intended.</summary>
    Note,

    /// <summary>Rows are lost, or teach something that is probably not wanted.</summary>
    Warning,

    /// <summary>Training would stop, or learn something that is certainly wrong.</summary>
    Error,
}
