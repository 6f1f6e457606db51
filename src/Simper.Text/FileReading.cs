using Microsoft.Win32.SafeHandles;

namespace Simper;

/// <summary>Reading from places of an open file.</summary>
internal static class FileReading
{
    /// <summary>Fills <paramref name="bytes"/> with those of the file from <paramref name="at"/> on.</summary>
    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    public static void ReadExactly(this SafeFileHandle file, Span<byte> bytes, long at)
    {
        for (int done = 0; done < bytes.Length; )
        {
            int read = RandomAccess.Read(file, bytes[done..], at + done);
            done += read > 0 ? read : throw new EndOfStreamException();
        }
    }
}
