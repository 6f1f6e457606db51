using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>
/// Finds silent errors in preference data: reads a file row by row, as training would, and says what is wrong, in which rows, why
/// it matters and what to do. Memory grows by some 170 bytes a row (its place, its hashes, its signature); the result does not
/// depend on the number of cores.
/// </summary>
/// <param name="tokenizer">The model's, with the mode and the lengths of training.</param>
/// <param name="options">What else to look at.</param>
public sealed class DataDoctor(GroupTokenizer tokenizer, DoctorOptions? options = null)
{
    private readonly DoctorOptions _options = options ?? new DoctorOptions();

    /// <summary>Examines a file, a folder of files, or a data set of the hub's cache.</summary>
    /// <param name="path">As it is given to training.</param>
    /// <param name="progress">Receives the number of rows examined.</param>
    /// <param name="cancel">Stops between blocks of rows.</param>
    /// <exception cref="SimperException">There is no such file, or it is not data at all. A wrong row is a finding.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public DoctorReport Examine(string path, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        IReadOnlyList<string> files = DataFiles.Of(path, "train");
        using var examination = new Examination(tokenizer, _options, cancel);
        for (int file = 0; file < files.Count; file++)
            examination.Read(file, files[file], progress);
        return examination.Report(path, files, _options.Rows, _options.Examples);
    }
}
