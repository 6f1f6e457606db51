namespace Simper.Benchmarks.Mathematics;

/// <summary>
/// Whether the difference of two answers in LaTeX is zero, as tasks ask sympy's parser and <c>simplify</c>: what the parser does
/// not reach, behind a comma say, is left out of account, and lists, intervals and inequalities have no difference.
/// </summary>
public static class SimplifiedEquality
{
    /// <summary>Whether it is.</summary>
    public static bool Holds(string first, string second)
    {
        try
        {
            return FormulaEquality.Holds(Parsed(first), Parsed(second), isReal: false);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static Formula Parsed(string text)
    {
        var reader = new LatexFormulas(LatexToken.Of(PythonCharacters.Strip(text)), isWide: false);
        Formula found = reader.Expression();
        if (
            LatexRelations.Of(reader.Next) is not null
            || reader.Next.Kind == LatexKind.Unknown
            || reader.Next.Text is "%" or "\\%" or "&"
        )
            throw new FormatException("It is no expression.");
        return found;
    }
}
