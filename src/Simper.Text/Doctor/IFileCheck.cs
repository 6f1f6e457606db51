namespace Simper.Text.Doctor;

/// <summary>
/// Looks for what can be seen in many rows only. Rows come one by one in file order; what a check keeps of each should be a few
/// bytes. Not thread safe.
/// </summary>
internal interface IFileCheck
{
    /// <summary>Takes note of a row that could be read.</summary>
    /// <param name="row">The row.</param>
    /// <param name="index">Its place among all rows of all files, from 0.</param>
    void Add(ExaminedRow row, int index);

    /// <summary>Adds what was found, when all rows were seen.</summary>
    void End(FoundRows found);

    /// <summary>Figures worth knowing, whether or not anything is wrong.</summary>
    IEnumerable<DoctorFigure> Figures() => [];
}
