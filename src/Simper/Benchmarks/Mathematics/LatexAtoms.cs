using System.Globalization;
using System.Numerics;

namespace Simper.Benchmarks.Mathematics;

// Numbers, letters, commands and functions.
internal sealed partial class LatexFormulas
{
    private Formula Number()
    {
        string text = Digits(int.MaxValue);
        while (IsAt(",") && IsGroup())
        {
            _at++;
            text += Digits(3);
        }
        bool isDecimal = false;
        if (IsAt(".") && tokens[_at + 1].Kind == LatexKind.Digit && !(isWide && tokens[_at + 1].IsSpaced))
        {
            _at++;
            isDecimal = true;
            text += "." + Digits(int.MaxValue);
        }
        if (!isWide && !isDecimal && text.Length > 1 && text[0] == '0' && text.Trim('0').Length > 0)
            throw new FormatException("A whole number does not begin with 0.");
        if (isWide && Take("_"))
            Script(); // the base of a numeral
        int point = text.IndexOf('.');
        BigInteger digits = BigInteger.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        BigInteger scale = BigInteger.Pow(10, point < 0 ? 0 : text.Length - point - 1);
        return new Formula.Number(Quantity.Of(digits, scale), isDecimal);
    }

    private string Digits(int most)
    {
        string text = "";
        for (int i = 0; i < most && Next.Kind == LatexKind.Digit && !(isWide && i > 0 && Next.IsSpaced); i++)
            text += tokens[_at++].Text;
        return text;
    }

    private bool IsGroup()
    {
        for (int i = 1; i <= 3; i++)
        {
            if (_at + i >= tokens.Count || tokens[_at + i].Kind != LatexKind.Digit || (isWide && tokens[_at + i].IsSpaced))
                return false;
        }
        return !isWide || tokens[_at + 4].Kind != LatexKind.Digit || tokens[_at + 4].IsSpaced;
    }

    private Formula Letter(string name)
    {
        if (isWide && name == "e")
            return new Formula.Number(Quantity.Of(Math.E), false);
        if (!isWide && name == "d" && Next.Kind == LatexKind.Letter)
            return new Formula.Symbol(name + tokens[_at++].Text); // a differential
        name += Subscript();
        return IsAt("(") && IsCalled() ? Called(name) : new Formula.Symbol(name);
    }

    // f(x): for sympy any bracket behind a letter; else one with a single atom, or with commas.
    private bool IsCalled()
    {
        if (!isWide)
            return true;
        bool isAtom = tokens[Math.Min(_at + 2, tokens.Count - 1)].Text == ")";
        return isAtom && tokens[_at + 1].Kind == LatexKind.Letter;
    }

    private Formula Called(string name)
    {
        Expect("(");
        List<Formula> arguments = [Expression()];
        while (Take(","))
            arguments.Add(Expression());
        Expect(")");
        return new Formula.Call("f:" + name, arguments);
    }

    private string Subscript()
    {
        if (!Take("_"))
            return "";
        int start = _at;
        Script();
        return "_" + string.Concat(tokens.Take(_at).Skip(start).Select(t => t.Text)).Trim('{', '}');
    }

    private Formula Command(string command)
    {
        string name = command[1..];
        switch (command)
        {
            case "\\frac" or "\\dfrac" or "\\tfrac" or "\\cfrac":
                Formula upper = Argument();
                return new Formula.Quotient(upper, Argument());
            case "\\binom" or "\\dbinom" or "\\tbinom":
                Formula n = Argument();
                return new Formula.Call("binom", [n, Argument()]);
            case "\\sqrt":
                Formula? degree = Take("[") ? Bracketed("]") : null;
                return new Formula.Call(degree is null ? "sqrt" : "root", degree is null ? [Argument()] : [Argument(), degree]);
            case "\\overline" when !isWide:
                return new Formula.Call("conjugate", [Argument()]);
            case "\\lfloor":
                return new Formula.Call("floor", [Bracketed("\\rfloor")]);
            case "\\lceil":
                return new Formula.Call("ceil", [Bracketed("\\rceil")]);
            case "\\{":
                return Bracketed("\\}");
            case "\\infty":
                return new Formula.Number(Quantity.Of(double.PositiveInfinity), false);
            case "\\pi" when isWide:
                return new Formula.Number(Quantity.Of(Math.PI), false);
            case "\\text" or "\\mbox" or "\\mathit" or "\\overline" when isWide || command == "\\mathit":
                return Word(command);
        }
        if (Functions.IsKnown(name))
            return Function(name);
        if (
            LatexRelations.IsOperator(command)
            || (isWide && command is "\\begin" or "\\boxed")
            || command is "\\int" or "\\sum" or "\\prod" or "\\lim" or "\\\\" or "\\%"
        )
            throw new FormatException($"{command} is not read.");
        name += Subscript();
        return !isWide && IsAt("(") ? Called(name) : new Formula.Symbol(name);
    }

    // In braces, or one digit: \frac12.
    private Formula Argument()
    {
        if (Take("{"))
            return Bracketed("}");
        if (Next.Kind != LatexKind.Digit)
            throw new FormatException("An argument stands in braces.");
        return new Formula.Number(Quantity.Of(BigInteger.Parse(tokens[_at++].Text, CultureInfo.InvariantCulture), 1), false);
    }

    private Formula Word(string command)
    {
        Expect("{");
        var word = new System.Text.StringBuilder();
        for (int depth = 1; Next.Kind != LatexKind.End; _at++)
        {
            depth +=
                IsAt("{") ? 1
                : IsAt("}") ? -1
                : 0;
            if (depth == 0)
            {
                _at++;
                string text = word.ToString().Trim('(', ')');
                return new Formula.Symbol(command == "\\overline" ? $"overline {text}" : text);
            }
            word.Append(Next.Text);
        }
        throw new FormatException("A word is not closed.");
    }

    private Formula Function(string name)
    {
        Formula? power = null;
        Formula? lower = null;
        while (IsAt("^") || IsAt("_"))
        {
            if (Take("^"))
                power = Script();
            else if (Take("_"))
                lower = LeavingAnArgument() ?? Script();
        }
        Formula argument = Take("(") ? Bracketed(")") : Arguments();
        Formula call = new Formula.Call(
            name is "log" or "ln" or "lg" && lower is not null ? "log" : name,
            lower is null ? [argument] : [argument, lower]
        );
        return power is null ? call : new Formula.Power(call, power);
    }

    // log_28 is the logarithm of 8 to the base 2: the last digit is the argument where nothing else can be.
    private Formula? LeavingAnArgument()
    {
        int start = _at;
        while (Next.Kind == LatexKind.Digit)
            _at++;
        int end = _at;
        bool isFollowed = Starts();
        _at = start;
        if (isFollowed || end - start < 2)
            return null;
        return new Formula.Number(
            Quantity.Of(BigInteger.Parse(Digits(end - start - 1), CultureInfo.InvariantCulture), BigInteger.One),
            false
        );
    }

    private Formula Arguments()
    {
        Enter();
        Formula found = Take("-") ? new Formula.Negative(Arguments()) : ProductOfArguments();
        Leave();
        return found;
    }

    private Formula ProductOfArguments()
    {
        Formula left = Factors(withFunctions: false);
        while (true)
        {
            if (Take("*") || Take("\\times") || Take("\\cdot"))
                left = new Formula.Product(left, Factors(withFunctions: false));
            else if (Take("/") || Take("\\div"))
                left = new Formula.Quotient(left, Factors(withFunctions: false));
            else
                return left;
        }
    }
}
