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
        ["number"] = (v, _) => Values.IsNumber(v),
        ["integer"] = (v, _) => v is long,
        ["float"] = (v, _) => v is double,
        ["mapping"] = (v, _) => v is TemplateMap,
        ["sequence"] = (v, _) => v is List<object?> or string or TemplateMap,
        ["iterable"] = (v, _) => v is List<object?> or string or TemplateMap or Undefined,
        ["callable"] = (v, _) => v is Callable,
        ["sameas"] = (v, a) => v is null ? a.Get(0, "other") is null : v is bool or long or string ? v.Equals(a.Get(0, "other")) : ReferenceEquals(v, a.Get(0, "other")),
        ["in"] = (v, a) => Operators.Contains(a.Get(0, "seq"), v, a.Line),
        ["even"] = (v, a) => Whole(v, a) % 2 == 0,
        ["odd"] = (v, a) => Whole(v, a) % 2 != 0,
        ["divisibleby"] = (v, a) => Whole(a.Get(0, "num"), a) is var by && by != 0 ? Whole(v, a) % by == 0 : throw new TemplateException(a.Line, "division by zero."),
        ["lower"] = (v, _) => v is string s && s == s.ToLowerInvariant() && s.Any(char.IsLetter),
        ["upper"] = (v, _) => v is string s && s == s.ToUpperInvariant() && s.Any(char.IsLetter),
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
            All[name] = (v, a) => Values.Compare(v, a.Get(0, "other")) < 0;
        foreach (string name in (string[])["le", "<="])
            All[name] = (v, a) => Values.Compare(v, a.Get(0, "other")) <= 0;
        foreach (string name in (string[])["gt", "greaterthan", ">"])
            All[name] = (v, a) => Values.Compare(v, a.Get(0, "other")) > 0;
        foreach (string name in (string[])["ge", ">="])
            All[name] = (v, a) => Values.Compare(v, a.Get(0, "other")) >= 0;
    }

    public static bool Exists(string name) => All.ContainsKey(name);

    public static bool Run(string name, object? value, CallArguments given) => All[name](value, given);

    private static long Whole(object? value, CallArguments given) => value is long or bool ? Values.ToLong(value)
        : throw new TemplateException(given.Line, $"a whole number is needed, not {Values.Kind(value)}.");
}
