namespace Simper.Text.Doctor;

/// <summary>Looks for faults within a row. Thread safe: rows are examined on all cores.</summary>
internal interface IRowCheck
{
    /// <summary>Adds to the row what is wrong with it. Only rows that could be read are given.</summary>
    void Look(ExaminedRow row);
}

/// <summary>
/// Looks for what can be seen in many rows only. Rows come one by one in file order, those that cannot be read too; what a check
/// keeps of each should be a few bytes. Not thread safe.
/// </summary>
internal interface IFileCheck
{
    /// <summary>Takes note of a row.</summary>
    void Add(ExaminedRow row);

    /// <summary>What was found, when all rows were seen.</summary>
    IEnumerable<Finding> End();

    /// <summary>Figures worth knowing, whether or not anything is wrong.</summary>
    IEnumerable<DoctorFigure> Figures() => [];
}
