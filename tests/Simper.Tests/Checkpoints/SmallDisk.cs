using System.Diagnostics;

namespace Simper.Tests.Checkpoints;

/// <summary>A small file system in memory, mounted at a folder of its own, where the system lets us.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int Block = 4096;

    private readonly TemporaryFolder _folder = new();

    private SmallDisk() { }

    public string this[string name] => _folder[name];

    /// <summary>Mounts one; skips the test where that is not possible.</summary>
    public static SmallDisk Mount(int megabytes)
    {
        var disk = new SmallDisk();
        if (OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk._folder.Path))
            return disk;
        disk._folder.Dispose();
        Assert.Skip("cannot mount a small disk");
        return disk;
    }

    /// <summary>Another program takes all but so many bytes.</summary>
    public void Fill(long allBut)
    {
        using var file = new FileStream(_folder["filler"], FileMode.Append);
        long free = new DriveInfo(_folder.Path).AvailableFreeSpace;
        var block = new byte[Block];
        for (long left = free - allBut; left >= Block; left -= Block)
            file.Write(block);
    }

    /// <summary>It gives it back.</summary>
    public void Free() => File.Delete(_folder["filler"]);

    public void Dispose()
    {
        Run("umount", _folder.Path);
        _folder.Dispose();
    }

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
