namespace Simper.Benchmarks.Mathematics;

/// <summary>Reads an answer in LaTeX that has been cleaned.</summary>
internal static class AnswerReader
{
    private static readonly string[] Matrices = ["pmatrix", "bmatrix", "matrix", "vmatrix", "Bmatrix", "array"];

    /// <summary>The answer; null if it cannot be read as a whole, nor, in a chain of equations, its last part.</summary>
    public static MathAnswer? Read(string text)
    {
        if (Whole(text) is { } answer)
            return answer;
        string[] parts = text.Split('=');
        return parts.Length > 2 && !text.Contains(',') && !text.Contains(';') ? Whole(parts[^1]) : null;
    }

    private static MathAnswer? Whole(string text)
    {
        try
        {
            var reader = new LatexFormulas(LatexToken.Of(text), isWide: true);
            MathAnswer found = List(reader);
            return reader.Next.Kind == LatexKind.End ? found : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static MathAnswer List(LatexFormulas reader)
    {
        reader.Enter();
        List<MathAnswer> items = [.. Item(reader)];
        bool isList = items.Count > 1;
        while (reader.Take(",") || reader.Take(";"))
        {
            items.AddRange(Item(reader));
            isList = true;
        }
        reader.Leave();
        return isList ? new MathAnswer.Elements(items, IsOrdered: false) : items[0];
    }

    // One answer, or the two of a ± sign.
    private static IEnumerable<MathAnswer> Item(LatexFormulas reader)
    {
        int start = reader.At;
        if (Set(reader) is { } set)
            return [set];
        reader.At = start;
        if (reader.Take("\\pm"))
            return Both(Formula.Whole(0), reader.Expression());
        Formula first = reader.Expression();
        if (reader.Take("\\pm"))
            return Both(first, reader.Expression());
        var sides = new List<Formula> { first };
        var signs = new List<string>();
        while (LatexRelations.Of(reader.Next) is { } sign)
        {
            reader.At++;
            signs.Add(sign);
            sides.Add(reader.Expression());
        }
        return
        [
            signs.Count > 0 ? new MathAnswer.Relation(sides, signs)
            : first is Formula.Call { Name: "percent" } percent ? new MathAnswer.Value(percent.Arguments[0], true)
            : new MathAnswer.Value(first, false),
        ];
    }

    private static IEnumerable<MathAnswer> Both(Formula centre, Formula away) =>
        [
            new MathAnswer.Value(new Formula.Sum(centre, away), false),
            new MathAnswer.Value(new Formula.Sum(centre, new Formula.Negative(away)), false),
        ];

    // Brackets with a comma inside, braces, matrices, and unions of them; null where it is none of these.
    private static MathAnswer? Set(LatexFormulas reader)
    {
        List<MathAnswer> parts = [];
        do
        {
            if ((reader.IsAt("\\begin") ? Matrix(reader) : Bracketed(reader)) is not { } part)
                return null;
            parts.Add(part);
        } while (reader.Take("\\cup"));
        bool isEnd =
            reader.Next.Kind == LatexKind.End || reader.IsAt(",") || reader.IsAt(";") || reader.Next.Text is ")" or "\\}" or "}";
        return !isEnd ? null
            : parts.Count == 1 ? parts[0]
            : new MathAnswer.Union(parts);
    }

    private static MathAnswer? Bracketed(LatexFormulas reader)
    {
        string open = reader.Next.Text;
        if (open is not ("(" or "[" or "\\{" or "{"))
            return null;
        reader.At++;
        bool isSet = open is "\\{" or "{";
        MathAnswer inside = List(reader);
        string close = reader.Next.Text;
        if (close is not (")" or "]" or "\\}" or "}") || isSet != (close is "\\}" or "}"))
            return null;
        reader.At++;
        return inside switch
        {
            MathAnswer.Elements { IsOrdered: false } list when isSet => list,
            MathAnswer.Elements
            {
                IsOrdered: false,
                Items: [MathAnswer.Value { IsPercent: false } low, MathAnswer.Value { IsPercent: false } high]
            } => new MathAnswer.Range(low.Formula, high.Formula, open == "(", close == ")"),
            MathAnswer.Elements { IsOrdered: false } list => list with { IsOrdered = true },
            _ when open == "\\{" => new MathAnswer.Elements([inside], IsOrdered: false),
            _ => null,
        };
    }

    private static MathAnswer? Matrix(LatexFormulas reader)
    {
        reader.Expect("\\begin");
        string name = Name(reader);
        if (!Matrices.Contains(name))
            return null;
        if (name == "array")
            Name(reader); // the columns
        var rows = new List<IReadOnlyList<Formula>>();
        while (!reader.Take("\\end"))
        {
            List<Formula> row = [reader.Expression()];
            while (reader.Take("&"))
                row.Add(reader.Expression());
            rows.Add(row);
            if (!reader.Take("\\\\") && !reader.IsAt("\\end"))
                return null;
        }
        return Name(reader) == name ? new MathAnswer.Matrix(rows) : null;
    }

    private static string Name(LatexFormulas reader)
    {
        reader.Expect("{");
        string name = "";
        for (; !reader.Take("}"); reader.At++)
            name += reader.Next.Kind == LatexKind.End ? throw new FormatException("A name is not closed.") : reader.Next.Text;
        return name;
    }
}
