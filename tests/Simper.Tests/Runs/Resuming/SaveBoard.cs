using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace Simper.Tests.Runs.Resuming;

/// <summary>
/// Where a process that saves has got to, in memory that another process sees, also after the first was killed.
/// </summary>
internal sealed class SaveBoard : IDisposable
{
    /// <summary>Steps of a save that also removes an old checkpoint.</summary>
    public const int Steps = 16;

    private const int Bytes = 64;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private long _began;

    private SaveBoard(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>Saves that were completed by the process.</summary>
    public long Saved
    {
        get => _view.ReadInt64(0);
        private set => _view.Write(0, value);
    }

    /// <summary>The step that is being done, from 1.</summary>
    public int Step
    {
        get => _view.ReadInt32(8);
        set => _view.Write(8, value);
    }

    /// <summary>The training step of the last completed save.</summary>
    public int LastSaved
    {
        get => _view.ReadInt32(16);
        private set => _view.Write(16, value);
    }

    /// <summary>What the process found damaged or left over when it began.</summary>
    public int Faults
    {
        get => _view.ReadInt32(24);
        set => _view.Write(24, value);
    }

    /// <summary>Whether a save is going on.</summary>
    public bool IsSaving
    {
        get => _view.ReadBoolean(32);
        private set => _view.Write(32, value);
    }

    /// <summary>How long the last save took.</summary>
    public double Milliseconds
    {
        get => _view.ReadDouble(40);
        private set => _view.Write(40, value);
    }

    public static SaveBoard Create(string path)
    {
        File.WriteAllBytes(path, new byte[Bytes]);
        return new SaveBoard(path);
    }

    public static SaveBoard Open(string path) => new(path);

    public void Begin()
    {
        Step = 0;
        _began = Stopwatch.GetTimestamp();
        IsSaving = true;
    }

    public void End(int step)
    {
        Milliseconds = Stopwatch.GetElapsedTime(_began).TotalMilliseconds;
        LastSaved = step;
        Saved++;
        IsSaving = false;
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
