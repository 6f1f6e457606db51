namespace Simper.Benchmarks.Mathematics;

/// <summary>Reads expressions from tokens of LaTeX; what stands behind an expression is left for the caller.</summary>
/// <param name="tokens">Of <see cref="LatexToken.Of"/>.</param>
/// <param name="isWide">
/// Whether constants, words, percentages, degrees and mixed numbers are known, and letters before a bracket are factors; else it
/// reads as sympy's <c>parse_latex</c> does, for which π is a symbol like any other.
/// </param>
internal sealed partial class LatexFormulas(IReadOnlyList<LatexToken> tokens, bool isWide)
{
    private const int Deepest = 200;

    private int _depth;
    private int _bars; // open |
    private int _at;

    public LatexToken Next => tokens[Math.Min(_at, tokens.Count - 1)];

    public int At
    {
        get => _at;
        set => _at = value;
    }

    public bool IsAt(string text) => Next.Kind != LatexKind.End && Next.Text == text;

    public bool Take(string text)
    {
        if (!IsAt(text))
            return false;
        _at++;
        return true;
    }

    public void Expect(string text)
    {
        if (!Take(text))
            throw new FormatException($"{text} expected, {Next.Text} found.");
    }

    /// <summary>Goes one level down; <see cref="Leave"/> comes back.</summary>
    /// <exception cref="FormatException">There are too many.</exception>
    public void Enter()
    {
        if (++_depth > Deepest)
            throw new FormatException("Nested too deeply.");
    }

    public void Leave() => _depth--;

    /// <summary>A sum of products.</summary>
    public Formula Expression()
    {
        Enter();
        Formula left = Products();
        while (IsAt("+") || IsAt("-"))
        {
            bool isMinus = IsAt("-");
            _at++;
            Formula right = Products();
            left = new Formula.Sum(left, isMinus ? new Formula.Negative(right) : right);
        }
        Leave();
        return left;
    }

    private Formula Products()
    {
        Formula left = Unary();
        while (true)
        {
            if (Take("*") || Take("\\times") || Take("\\cdot"))
                left = new Formula.Product(left, Unary());
            else if (Take("/") || Take("\\div") || Take(":"))
                left = new Formula.Quotient(left, Unary());
            else
                return left;
        }
    }

    private Formula Unary()
    {
        Enter();
        Formula found =
            Take("+") ? Unary()
            : Take("-") ? new Formula.Negative(Unary())
            : Factors(withFunctions: true);
        Leave();
        return found;
    }

    // Factors side by side. The argument of a function without brackets ends before the next function.
    private Formula Factors(bool withFunctions)
    {
        int start = _at;
        Formula left = Postfix();
        bool isWhole = IsWholeNumber(start);
        while (Starts() && (withFunctions || !IsFunction()))
        {
            bool isMixed = isWide && isWhole && Next.Text is "\\frac" or "\\dfrac" or "\\tfrac";
            Formula right = Postfix();
            left = isMixed && right.Symbols.Any() is false ? new Formula.Sum(left, right) : new Formula.Product(left, right);
            isWhole = false;
        }
        return left;
    }

    private bool IsWholeNumber(int start) => tokens.Take(_at).Skip(start).All(t => t.Kind == LatexKind.Digit);

    private bool IsFunction() => Next.Kind == LatexKind.Command && Functions.IsKnown(Next.Text[1..]);

    private bool Starts() =>
        Next.Kind switch
        {
            LatexKind.Digit or LatexKind.Letter => true,
            LatexKind.Command => !LatexRelations.IsOperator(Next.Text),
            LatexKind.Sign => IsAt("(") || IsAt("[") || IsAt("{") || (IsAt("|") && _bars == 0),
            LatexKind.Unknown => throw new FormatException($"{Next.Text} is unknown."),
            _ => false,
        };

    private Formula Postfix()
    {
        Formula found = Primary();
        while (true)
        {
            if (IsAt("^") && isWide && Degrees())
                continue;
            if (Take("^"))
                found = new Formula.Power(found, Script());
            else if (Take("!"))
                found = new Formula.Call("factorial", [found]);
            else if (isWide && (Take("%") || Take("\\%")))
                found = new Formula.Call("percent", [found]);
            else
                return found;
        }
    }

    // A degree sign changes nothing.
    private bool Degrees()
    {
        int start = _at++;
        bool isBraced = Take("{");
        if ((Take("\\circ") || Take("\\degree")) && (!isBraced || Take("}")))
            return true;
        _at = start;
        return false;
    }

    // What stands behind ^ or _: one atom, or braces.
    private Formula Script()
    {
        if (!Take("{"))
            return Primary();
        Formula inside = Expression();
        Expect("}");
        return inside;
    }

    private Formula Bracketed(string close)
    {
        int bars = _bars;
        _bars = close == "|" ? bars + 1 : 0;
        Formula inside = Expression();
        Expect(close);
        _bars = bars;
        return inside;
    }

    private Formula Primary()
    {
        LatexToken token = Next;
        if (token.Kind == LatexKind.Digit)
            return Number();
        _at++;
        return token.Kind switch
        {
            LatexKind.Letter => Letter(token.Text),
            LatexKind.Command => Command(token.Text),
            LatexKind.Sign when token.Text == "(" => Bracketed(")"),
            LatexKind.Sign when token.Text == "[" => Bracketed("]"),
            LatexKind.Sign when token.Text == "{" => Bracketed("}"),
            LatexKind.Sign when token.Text == "|" => new Formula.Call("abs", [Bracketed("|")]),
            _ => throw new FormatException($"An expression begins with {token.Text}."),
        };
    }
}
