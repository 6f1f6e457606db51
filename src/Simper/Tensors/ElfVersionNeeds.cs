// Compiled twice: into Simper.dll (run time), and by MSBuild as the task WeakenVersionNeeds (build/LibTorch.targets),
// where the symbol NET is not defined. So: only what netstandard2.0 has.
#nullable enable
using System;
using System.IO;
using System.Text;

namespace Simper.Tensors;

/// <summary>
/// Marks the symbol-version requirement <c>GLIBCXX_3.4.32</c> of an ELF file as weak. libLibTorchSharp.so 0.107 has it because of
/// <c>_ZSt21ios_base_library_initv</c>, to which no relocation refers: the loader never resolves the symbol, it only requires the
/// version, which Debian 12 and Ubuntu 22.04 lack.
/// </summary>
internal static class ElfVersionNeeds
{
    public const string Version = "GLIBCXX_3.4.32";

    private const int VersionNeedSection = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort WeakFlag = 2; // VER_FLG_WEAK

    /// <summary>Sets the weak flag in <paramref name="elf"/>, in place. True if a byte changed.</summary>
    public static bool Weaken(byte[] elf)
    {
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[2] != 'L' || elf[3] != 'F' || elf[4] != 2)
            return false;

        long sectionTable = BitConverter.ToInt64(elf, 40);
        int sectionSize = BitConverter.ToUInt16(elf, 58);
        int sections = BitConverter.ToUInt16(elf, 60);
        bool changed = false;
        for (int i = 0; i < sections; i++)
        {
            int header = checked((int)(sectionTable + (long)i * sectionSize));
            if (BitConverter.ToInt32(elf, header + 4) != VersionNeedSection)
                continue;
            int start = checked((int)BitConverter.ToInt64(elf, header + 24));
            int stringsHeader = checked((int)(sectionTable + (long)BitConverter.ToInt32(elf, header + 40) * sectionSize));
            int strings = checked((int)BitConverter.ToInt64(elf, stringsHeader + 24));
            changed |= WeakenSection(elf, start, strings);
        }
        return changed;
    }

    // Elf64_Verneed: version u16, count u16, file u32, first aux u32, next u32.
    // Elf64_Vernaux: hash u32, flags u16, other u16, name u32, next u32.
    private static bool WeakenSection(byte[] elf, int need, int strings)
    {
        bool changed = false;
        while (true)
        {
            int count = BitConverter.ToUInt16(elf, need + 2);
            int aux = need + BitConverter.ToInt32(elf, need + 8);
            for (int j = 0; j < count; j++)
            {
                ushort flags = BitConverter.ToUInt16(elf, aux + 4);
                if ((flags & WeakFlag) == 0 && NameAt(elf, strings + BitConverter.ToInt32(elf, aux + 8)) == Version)
                {
                    elf[aux + 4] = (byte)(flags | WeakFlag);
                    changed = true;
                }
                aux += BitConverter.ToInt32(elf, aux + 12);
            }
            int next = BitConverter.ToInt32(elf, need + 12);
            if (next == 0)
                return changed;
            need += next;
        }
    }

    private static string NameAt(byte[] elf, int start)
    {
        int end = Array.IndexOf(elf, (byte)0, start);
        return Encoding.ASCII.GetString(elf, start, end - start);
    }

    /// <summary>
    /// Writes the bytes to a temporary file and renames it to <paramref name="path"/>, so that a link to the package cache is
    /// replaced and never written through, and no process sees a partial file.
    /// </summary>
    public static void Replace(string path, byte[] bytes)
    {
        string aside = path + "." + Guid.NewGuid().ToString("N").Substring(0, 8) + ".tmp";
        File.WriteAllBytes(aside, bytes);
#if NET
        File.Move(aside, path, overwrite: true);
#else
        if (File.Exists(path))
            File.Delete(path);
        File.Move(aside, path);
#endif
    }
}

#if !NET
public sealed class WeakenVersionNeeds : Microsoft.Build.Utilities.Task
{
    public Microsoft.Build.Framework.ITaskItem[] Files { get; set; } = Array.Empty<Microsoft.Build.Framework.ITaskItem>();

    public override bool Execute()
    {
        foreach (var file in Files)
        {
            string path = file.GetMetadata("FullPath");
            byte[] bytes = File.ReadAllBytes(path);
            if (ElfVersionNeeds.Weaken(bytes))
                ElfVersionNeeds.Replace(path, bytes);
        }
        return true;
    }
}
#endif
