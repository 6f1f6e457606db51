using System.Runtime.CompilerServices;

namespace Simper.Text.Templates;

/// <summary>Evaluates expressions.</summary>
internal sealed class Evaluator(Budget budget)
{
    /// <summary>Marks a map as a namespace, whose members can be set; no template can write this key.</summary>
    public static readonly object NamespaceKey = new Callable("namespace", _ => null);

    /// <summary>The key of a map's function.</summary>
    public static readonly object CallKey = new Callable("call", _ => null);

    private readonly Operators _operators = new(budget);

    public object? Evaluate(Expression expression, Scope scope)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        budget.Spend(expression.Line);
        return expression switch
        {
            Expression.Constant constant => constant.Value,
            Expression.Name name => scope.Get(name.Text) is var found && found is LoopVariable loop ? loop.Map : found,
            Expression.List list => MakeList(list, scope),
            Expression.Map map => MakeMap(map, scope),
            Expression.Attribute { Of: Expression.Name name } of
                when scope.Get(name.Text) is LoopVariable loop && loop.TryGet(of.Text, out object? number) => Counted(
                number,
                name.Line
            ),
            Expression.Attribute attribute => AttributeOf(Evaluate(attribute.Of, scope), attribute.Text, attribute.Line),
            Expression.Item item => ItemOf(Evaluate(item.Of, scope), Evaluate(item.Key, scope), item.Line),
            Expression.Slice slice => Slicing.Apply(
                Evaluate(slice.Of, scope),
                Bound(slice.Start, scope),
                Bound(slice.Stop, scope),
                Bound(slice.Step, scope),
                slice.Line
            ),
            Expression.Call call => Call(call, scope, caller: null),
            Expression.Filter filter => ApplyFilter(filter, null, scope),
            Expression.Test test => TypeTests.Run(test.Text, Evaluate(test.Input, scope), Arguments(test.Given, scope, test.Line))
                != test.Negated,
            Expression.Unary unary => _operators.Unary(unary.Operator, Evaluate(unary.Operand, scope), unary.Line),
            Expression.Binary { Operator: "and" } and => Evaluate(and.Left, scope) is var left && Values.IsTrue(left)
                ? Evaluate(and.Right, scope)
                : left,
            Expression.Binary { Operator: "or" } or => Evaluate(or.Left, scope) is var left && Values.IsTrue(left)
                ? left
                : Evaluate(or.Right, scope),
            Expression.Binary binary => _operators.Binary(
                binary.Operator,
                Evaluate(binary.Left, scope),
                Evaluate(binary.Right, scope),
                binary.Line
            ),
            Expression.Comparison comparison => Compare(comparison, scope),
            Expression.Conditional choice => Values.IsTrue(Evaluate(choice.Condition, scope)) ? Evaluate(choice.Then, scope)
            : choice.Else is null ? new Undefined("the value of an if without else")
            : Evaluate(choice.Else, scope),
            _ => throw new InvalidOperationException($"Unknown expression {expression.GetType().Name}."),
        };
    }

    // The name is a node too, and counts.
    private object Counted(object value, int line)
    {
        budget.Spend(line);
        return value;
    }

    /// <summary>Applies a filter, or a chain of them whose innermost one has <paramref name="innermost"/> as its input.</summary>
    public object? ApplyFilter(Expression.Filter filter, object? innermost, Scope scope)
    {
        object? input = filter.Input switch
        {
            null => innermost,
            Expression.Filter inner => ApplyFilter(inner, innermost, scope),
            _ => Evaluate(filter.Input, scope),
        };
        return Filters.Run(filter.Text, input, Arguments(filter.Given, scope, filter.Line), budget);
    }

    /// <summary>Calls an expression; a method if it is an attribute that names one.</summary>
    public object? Call(Expression.Call call, Scope scope, Callable? caller)
    {
        CallArguments given = Arguments(call.Given, scope, call.Line);
        if (caller is not null)
            given = given with { Named = new Dictionary<string, object?>(given.Named) { ["caller"] = caller } };
        object? callee;
        if (call.Callee is Expression.Attribute attribute)
        {
            object? of = Evaluate(attribute.Of, scope);
            if (Methods.TryCall(of, attribute.Text, given, budget, out object? result))
                return result;
            callee = AttributeOf(of, attribute.Text, attribute.Line);
        }
        else
            callee = Evaluate(call.Callee, scope);
        if (callee is TemplateMap map && map.TryGetValue(CallKey, out object? inner))
            callee = inner;
        return callee is Callable callable
            ? callable.Invoke(given)
            : throw new TemplateException(call.Line, $"{Values.Kind(callee)} cannot be called.");
    }

    private bool Compare(Expression.Comparison comparison, Scope scope)
    {
        object? left = Evaluate(comparison.First, scope);
        foreach ((string op, Expression operand) in comparison.Rest)
        {
            object? right = Evaluate(operand, scope);
            if (!_operators.Compare(op, left, right, comparison.Line))
                return false;
            left = right;
        }
        return true;
    }

    private List<object?> MakeList(Expression.List literal, Scope scope)
    {
        IEnumerable<object?> items = literal.Items.Select(i => Evaluate(i, scope));
        return literal.IsTuple ? new TemplateTuple(items) : items.ToList();
    }

    private TemplateMap MakeMap(Expression.Map literal, Scope scope)
    {
        var map = new TemplateMap();
        foreach ((Expression key, Expression value) in literal.Entries)
            map[Key(Markup.Unmarked(Evaluate(key, scope)), literal.Line)] = Evaluate(value, scope);
        return map;
    }

    private long? Bound(Expression? expression, Scope scope)
    {
        object? value = expression is null ? null : Evaluate(expression, scope);
        return value is null ? null
            : Numbers.IsWhole(value) ? Numbers.Clamped(value)
            : throw new TemplateException(expression!.Line, $"a slice needs whole numbers, not {Values.Kind(value)}.");
    }

    private CallArguments Arguments(Arguments given, Scope scope, int line)
    {
        List<object?> positional = [.. given.Positional.Select(a => Evaluate(a, scope))];
        var named = new Dictionary<string, object?>(given.Named.Count);
        foreach ((string name, Expression value) in given.Named)
            AddNamed(named, name, Evaluate(value, scope), line);
        if (given.Star is not null)
            positional.AddRange(Values.Items(Evaluate(given.Star, scope), $"line {line}: *"));
        if (given.DoubleStar is not null)
        {
            object? value = Evaluate(given.DoubleStar, scope);
            foreach (
                (object key, object? member) in value as TemplateMap
                    ?? throw new TemplateException(line, $"** needs a map of arguments, not {Values.Kind(value)}.")
            )
                AddNamed(
                    named,
                    Markup.Unmarked(key) as string
                        ?? throw new TemplateException(line, $"** needs names, not {Values.Kind(key)}."),
                    member,
                    line
                );
        }
        budget.Spend(line, positional.Count / 4);
        return new CallArguments(positional, named, line);
    }

    private static void AddNamed(Dictionary<string, object?> named, string name, object? value, int line)
    {
        if (!named.TryAdd(name, value))
            throw new TemplateException(line, $"the argument {name} is given twice.");
    }

    // As in Jinja: schema.items is the method of the map, even if it has such a key, and so is schema["items"] if it has none.
    private object? AttributeOf(object? of, string name, int line) =>
        of switch
        {
            _ when Methods.Bound(of, name, budget) is { } method => method,
            TemplateGroup group when group.Member(name) is { } member => member,
            TemplateMap map => map.TryGetValue(name, out object? value) ? value : new Undefined(name),
            Undefined undefined => throw new TemplateException(
                line,
                $"\"{undefined.What}\" is not defined, so it has no \"{name}\"."
            ),
            Callable callable when name == "name" => callable.Name,
            _ => new Undefined(name),
        };

    private object? ItemOf(object? of, object? key, int line)
    {
        key = Markup.Unmarked(key);
        switch (of)
        {
            case TemplateMap map:
                return key is not null and not Undefined && map.TryGetValue(key, out object? value) ? value
                    : key is string name && Methods.Bound(of, name, budget) is { } method ? method
                    : new Undefined(Values.ToText(key));
            case List<object?> list when key is long or bool:
                long index = Numbers.Clamped(key) < 0 ? Numbers.Clamped(key) + list.Count : Numbers.Clamped(key);
                return index >= 0 && index < list.Count ? list[(int)index] : new Undefined($"item {Values.ToText(key)}");
            case string text when key is long or bool:
                return ItemOf(CodePoints.Of(text), key, line);
            case Markup markup when key is long or bool:
                return Markup.Marked(ItemOf(markup.Text, key, line));
            case Undefined undefined:
                throw new TemplateException(line, $"\"{undefined.What}\" is not defined, so it has no items.");
            default:
                return key is string member && Methods.Bound(of, member, budget) is { } found
                    ? found
                    : new Undefined(Values.ToText(key));
        }
    }

    private static object Key(object? value, int line) =>
        value is string or TemplateTuple || Numbers.IsNumber(value)
            ? value!
            : throw new TemplateException(line, $"{Values.Kind(value)} cannot be a key.");
}
