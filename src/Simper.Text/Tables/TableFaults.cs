using System.Text;

namespace Simper.Text.Tables;

/// <summary>
/// Faults of tables while they are read. What decodes bytes does not know its file: it throws <see cref="InvalidDataException"/>
/// for what is damaged, and <see cref="TableRefusal"/> for what is valid and not read. Here they get their place.
/// </summary>
internal static class TableFaults
{
    /// <summary>The same rows, whose faults are sentences with their place.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="place">Where the fault is: the file, perhaps a row and a column.</param>
    /// <exception cref="SimperException">The table cannot be read.</exception>
    public static IEnumerable<T> Named<T>(IEnumerable<T> rows, Func<string> place)
    {
        using IEnumerator<T> each = rows.GetEnumerator();
        while (true)
        {
            try
            {
                if (!each.MoveNext())
                    yield break;
            }
            catch (TableRefusal e)
            {
                throw new SimperException($"{place()} {e.Message}.", e);
            }
            catch (InvalidDataException e)
            {
                throw Damaged(place(), e.Message, e);
            }
            catch (EndOfStreamException e)
            {
                throw Damaged(place(), "it ends too early", e);
            }
            catch (DecoderFallbackException e)
            {
                throw new SimperException($"{place()} is not valid UTF-16: {e.Message}", e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new SimperException($"{place()} cannot be read: {SystemFault.Sentence(e)}.", e);
            }
            yield return each.Current;
        }
    }

    private static SimperException Damaged(string place, string reason, Exception inner) =>
        new($"{place} is damaged: {reason}; fetch or write the file again.", inner);
}

/// <summary>What is valid and not read: the rest of a sentence that begins with the file, without a full stop.</summary>
internal sealed class TableRefusal(string sentence) : Exception(sentence);
