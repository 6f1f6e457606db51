namespace Simper.Text.Doctor;

/// <summary>Looks for faults within a row. Thread safe: rows are examined on all cores.</summary>
internal interface IRowCheck
{
    /// <summary>Adds to the row what is wrong with it. Only rows that could be read are given.</summary>
    void Look(ExaminedRow row);
}
