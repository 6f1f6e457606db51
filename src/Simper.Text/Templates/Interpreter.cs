using System.Runtime.CompilerServices;
using System.Text;

namespace Simper.Text.Templates;

/// <summary>Executes the statements of a template. One instance per rendering.</summary>
internal sealed class Interpreter
{
    private readonly Budget _budget = new();
    private readonly Evaluator _evaluator;
    private readonly Scope _globals;
    private readonly bool _isStrict;

    /// <param name="clock">The clock of the functions that tell the time.</param>
    /// <param name="isStrict">Whether writing, testing or running over what is not defined is an error, as with Jinja's
    /// StrictUndefined.</param>
    public Interpreter(TimeProvider clock, bool isStrict = false)
    {
        _isStrict = isStrict;
        _evaluator = new Evaluator(_budget);
        _globals = Globals.Scope(_budget, clock);
    }

    private enum Flow
    {
        On,
        Break,
        Continue,
    }

    /// <param name="body">The template.</param>
    /// <param name="given">Sets the variables passed to it.</param>
    public string Render(IReadOnlyList<Statement> body, Action<Scope> given)
    {
        var scope = new Scope(_globals);
        given(scope);
        var output = new StringBuilder();
        Run(body, scope, output);
        return output.ToString();
    }

    private Flow Run(IReadOnlyList<Statement> body, Scope scope, StringBuilder output)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        foreach (Statement statement in body)
        {
            _budget.Spend(statement.Line);
            Flow flow = Run(statement, scope, output);
            if (flow != Flow.On)
                return flow;
        }
        return Flow.On;
    }

    private Flow Run(Statement statement, Scope scope, StringBuilder output)
    {
        switch (statement)
        {
            case Statement.Data data:
                Write(data.Line, data.Text, output);
                return Flow.On;
            case Statement.Output written:
                Write(written.Line, Values.ToText(Defined(_evaluator.Evaluate(written.Value, scope), written.Line)), output);
                return Flow.On;
            case Statement.If choice:
                return Run(
                    Values.IsTrue(Defined(_evaluator.Evaluate(choice.Condition, scope), choice.Line)) ? choice.Then : choice.Else,
                    scope,
                    output
                );
            case Statement.For loop:
                return RunFor(loop, scope, output);
            case Statement.Set set:
                Assign(set, scope);
                return Flow.On;
            case Statement.SetBlock set:
                string text = Captured(set.Body, new Scope(scope));
                AssignOne(set.Target, set.Filter is null ? text : _evaluator.ApplyFilter(set.Filter, text, scope), scope);
                return Flow.On;
            case Statement.Macro macro:
                scope.Set(macro.Name, MakeMacro(macro.Name, macro.Signature, macro.Body, scope, macro.Line));
                return Flow.On;
            case Statement.CallBlock call:
                var inner = new Scope(scope);
                Callable caller = MakeMacro("caller", call.Signature, call.Body, scope, call.Line);
                Write(call.Line, Values.ToText(_evaluator.Call(call.Call, inner, caller)), output);
                return Flow.On;
            case Statement.FilterBlock filter:
                Write(
                    filter.Line,
                    Values.ToText(_evaluator.ApplyFilter(filter.Filter, Captured(filter.Body, new Scope(scope)), scope)),
                    output
                );
                return Flow.On;
            case Statement.With with:
                var own = new Scope(scope);
                foreach ((string name, Expression value) in with.Variables)
                    own.Set(name, _evaluator.Evaluate(value, scope));
                return Run(with.Body, own, output);
            case Statement.Generation generation:
                return Run(generation.Body, scope, output);
            case Statement.Break:
                return Flow.Break;
            case Statement.Continue:
                return Flow.Continue;
            default:
                throw new InvalidOperationException($"Unknown statement {statement.GetType().Name}.");
        }
    }

    private object? Defined(object? value, int line) =>
        _isStrict && value is Undefined undefined
            ? throw new TemplateException(line, $"\"{undefined.What}\" is not defined.")
            : value;

    private void Write(int line, string text, StringBuilder output)
    {
        _budget.Allow(line, (long)output.Length + text.Length);
        output.Append(text);
    }

    private string Captured(IReadOnlyList<Statement> body, Scope scope)
    {
        var captured = new StringBuilder();
        Run(body, scope, captured);
        return captured.ToString();
    }

    private Flow RunFor(Statement.For loop, Scope scope, StringBuilder output)
    {
        RunLoop(loop, Defined(_evaluator.Evaluate(loop.Over, scope), loop.Line), scope, output, depth: 1);
        return Flow.On;
    }

    private void RunLoop(Statement.For loop, object? over, Scope scope, StringBuilder output, int depth)
    {
        IReadOnlyList<object?> items = Values.Items(over, $"line {loop.Line}: the loop");
        if (loop.Filter is not null)
            items = [.. items.Where(item => Values.IsTrue(_evaluator.Evaluate(loop.Filter, Bound(loop, item, scope))))];
        if (items.Count == 0)
        {
            Run(loop.Else, new Scope(scope), output);
            return;
        }
        var changed = new List<object?>();
        for (int i = 0; i < items.Count; i++)
        {
            _budget.Spend(loop.Line, Budget.Turn);
            Scope own = Bound(loop, items[i], scope);
            var variable = new LoopVariable(items, i, depth, changed);
            own.Set("loop", loop.IsRecursive ? Recursing(variable.Map, loop, scope, depth) : variable);
            if (Run(loop.Body, own, output) == Flow.Break)
                break;
        }
    }

    // loop(children) of a recursive loop renders the loop again over them.
    private TemplateMap Recursing(TemplateMap variable, Statement.For loop, Scope scope, int depth)
    {
        variable[Evaluator.CallKey] = new Callable(
            "loop",
            given =>
            {
                var captured = new StringBuilder();
                RunLoop(loop, given.Get(0, "iterable"), scope, captured, depth + 1);
                return captured.ToString();
            }
        );
        return variable;
    }

    private static Scope Bound(Statement.For loop, object? item, Scope scope)
    {
        var own = new Scope(scope);
        if (loop.Targets.Count == 1)
        {
            own.Set(loop.Targets[0], item);
            return own;
        }
        IReadOnlyList<object?> parts = Unpacked(item, loop.Targets.Count, loop.Line);
        for (int i = 0; i < parts.Count; i++)
            own.Set(loop.Targets[i], parts[i]);
        return own;
    }

    private void Assign(Statement.Set set, Scope scope)
    {
        object? value = _evaluator.Evaluate(set.Value, scope);
        if (set.Targets.Count == 1)
        {
            AssignOne(set.Targets[0], value, scope);
            return;
        }
        IReadOnlyList<object?> parts = Unpacked(value, set.Targets.Count, set.Line);
        for (int i = 0; i < parts.Count; i++)
            AssignOne(set.Targets[i], parts[i], scope);
    }

    private static void AssignOne(Expression target, object? value, Scope scope)
    {
        if (target is Expression.Name name)
            scope.Set(name.Text, value);
        else if (target is Expression.Attribute { Of: Expression.Name of } attribute)
        {
            if (scope.Get(of.Text) is not TemplateMap map || !map.ContainsKey(Evaluator.NamespaceKey))
                throw new TemplateException(target.Line, $"only the members of a namespace can be set; \"{of.Text}\" is none.");
            map[attribute.Text] = value;
        }
    }

    private static IReadOnlyList<object?> Unpacked(object? value, int count, int line)
    {
        IReadOnlyList<object?> parts = Values.Items(value, $"line {line}: unpacking");
        return parts.Count == count
            ? parts
            : throw new TemplateException(line, $"{parts.Count} values cannot be unpacked into {count} names.");
    }

    private Callable MakeMacro(string name, Signature signature, IReadOnlyList<Statement> body, Scope defined, int line) =>
        new(
            name,
            given =>
            {
                RuntimeHelpers.EnsureSufficientExecutionStack();
                _budget.Spend(line, Budget.Call);
                var scope = new Scope(defined);
                var named = new Dictionary<string, object?>(given.Named);
                for (int i = 0; i < signature.Parameters.Count; i++)
                {
                    (string parameter, Expression? otherwise) = signature.Parameters[i];
                    scope.Set(
                        parameter,
                        i < given.Positional.Count ? given.Positional[i]
                            : named.Remove(parameter, out object? value) ? value
                            : otherwise is null ? new Undefined(parameter)
                            : _evaluator.Evaluate(otherwise, scope)
                    );
                }
                SetSpecial(name, signature, given, named, scope);
                return Captured(body, scope);
            }
        );

    // varargs, kwargs and caller exist if the body mentions them; any other surplus argument is an error.
    private static void SetSpecial(
        string name,
        Signature signature,
        CallArguments given,
        Dictionary<string, object?> named,
        Scope scope
    )
    {
        if (signature.TakesCaller)
            scope.Set("caller", named.Remove("caller", out object? caller) ? caller : new Undefined("caller"));
        if (signature.TakesKwargs)
            scope.Set("kwargs", Filters.Map(named));
        else if (named.Count > 0)
            throw new TemplateException(given.Line, $"the macro {name} takes no argument named {named.Keys.First()}.");
        if (signature.TakesVarargs)
            scope.Set("varargs", new TemplateTuple(given.Positional.Skip(signature.Parameters.Count)));
        else if (given.Positional.Count > signature.Parameters.Count)
            throw new TemplateException(
                given.Line,
                $"the macro {name} takes {signature.Parameters.Count} arguments, not {given.Positional.Count}."
            );
    }
}
