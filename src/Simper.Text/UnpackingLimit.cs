namespace Simper;

/// <summary>
/// Counts what a file unpacks to, and refuses what becomes far more than its size before it fills memory or disk: texts take a
/// third to a twentieth of their length, and a file of nothing but zeros a thousandth. Not thread safe.
/// </summary>
/// <param name="file">The file's name, for messages.</param>
/// <param name="packed">Its size in bytes.</param>
/// <param name="alwaysAllowed">Up to how many bytes the ratio does not matter.</param>
/// <param name="remedy">What to do if it is meant so, as the end of a sentence.</param>
internal sealed class UnpackingLimit(string file, long packed, long alwaysAllowed, string remedy)
{
    /// <summary>How many times its size a file may unpack to.</summary>
    public const int MostTimes = 100;

    private long _unpacked;

    /// <summary>Counts bytes, to be called before they are made where their number is known.</summary>
    /// <exception cref="SimperException">They are too many.</exception>
    public void Add(long bytes)
    {
        _unpacked += bytes;
        Check(_unpacked);
    }

    /// <summary>Checks a number that a file states.</summary>
    /// <exception cref="SimperException">It is too large.</exception>
    public void Check(double bytes)
    {
        if (bytes > alwaysAllowed && bytes > (double)MostTimes * packed)
            throw new SimperException(
                $"{file} unpacks to more than {MostTimes} times its size, as no file of texts does; if it is meant so, {remedy}."
            );
    }
}
