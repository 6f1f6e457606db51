namespace Simper.Text.Templates;

/// <summary>Jinja's tests, as in "x is defined".</summary>
internal static class TypeTests
{
    private static readonly Dictionary<string, Func<object?, CallArguments, bool>> All = new(StringComparer.Ordinal)
    {
        ["defined"] = (v, _) => v is not Undefined,
        ["undefined"] = (v, _) => v is Undefined,
        ["none"] = (v, _) => v is null,
        ["boolean"] = (v, _) => v is bool,
        ["true"] = (v, _) => v is true,
        ["false"] = (v, _) => v is false,
        ["string"] = (v, _) => v is string,
        ["number"] = (v, _) => Numbers.IsNumber(v),
        ["integer"] = (v, _) => v is long or System.Numerics.BigInteger,
        ["float"] = (v, _) => v is double,
        ["mapping"] = (v, _) => v is TemplateMap,
        ["sequence"] = (v, _) => v is List<object?> or string or TemplateMap or Undefined,
        ["iterable"] = (v, _) => v is List<object?> or string or TemplateMap or Undefined,
        ["callable"] = (v, _) => v is Callable or Undefined,
        ["sameas"] = (v, a) =>
            v is null ? a.Get(0, "other") is null
            : v is bool or long or string or System.Numerics.BigInteger ? v.Equals(a.Get(0, "other"))
            : ReferenceEquals(v, a.Get(0, "other")),
        ["in"] = (v, a) => Operators.Contains(a.Get(0, "seq"), v, a.Line),
        ["even"] = (v, a) => Values.AreEqual(Rest(v, 2L, a), 0L),
        ["odd"] = (v, a) => Values.AreEqual(Rest(v, 2L, a), 1L),
        ["divisibleby"] = (v, a) => Values.AreEqual(Rest(v, a.Get(0, "num"), a), 0L),
        ["lower"] = (v, _) => PythonCharacters.IsLower(Values.ToText(v)),
        ["upper"] = (v, _) => PythonCharacters.IsUpper(Values.ToText(v)),
        ["filter"] = (v, _) => v is string s && Filters.Exists(s),
        ["test"] = (v, _) => v is string s && Exists(s),
    };

    static TypeTests()
    {
        foreach (string name in (string[])["eq", "equalto", "=="])
            All[name] = (v, a) => Values.AreEqual(v, a.Get(0, "other"));
        foreach (string name in (string[])["ne", "!="])
            All[name] = (v, a) => !Values.AreEqual(v, a.Get(0, "other"));
        foreach (string name in (string[])["lt", "lessthan", "<"])
            All[name] = (v, a) => Values.Order(v, a.Get(0, "other")) < 0;
        foreach (string name in (string[])["le", "<="])
            All[name] = (v, a) => Values.Order(v, a.Get(0, "other")) <= 0;
        foreach (string name in (string[])["gt", "greaterthan", ">"])
            All[name] = (v, a) => Values.Order(v, a.Get(0, "other")) > 0;
        foreach (string name in (string[])["ge", ">="])
            All[name] = (v, a) => Values.Order(v, a.Get(0, "other")) >= 0;
    }

    public static bool Exists(string name) => All.ContainsKey(name);

    public static bool Run(string name, object? value, CallArguments given) =>
        All[name](Markup.Unmarked(value), Markup.Unmarked(given));

    private static object Rest(object? value, object? by, CallArguments given) =>
        Numbers.IsNumber(value) && Numbers.IsNumber(by)
            ? Numbers.Apply("%", value, by)
            : throw new TemplateException(
                given.Line,
                $"a number is needed, not {Values.Kind(Numbers.IsNumber(value) ? by : value)}."
            );
}
