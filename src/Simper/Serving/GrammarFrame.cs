namespace Simper.Serving;

/// <summary>A rule at an index, and what follows it; equal ones of a grammar are one object.</summary>
internal sealed class GrammarFrame(Grammar grammar, Rule rule, int index, GrammarFrame? next, int number)
{
    public Rule Rule => rule;

    public int Index => index;

    public GrammarFrame? Next => next;

    /// <summary>Its number in the grammar, from 1.</summary>
    public int Number => number;

    /// <summary>The same rule at another index.</summary>
    public GrammarFrame At(int other) => grammar.Frame(rule, other, next);
}
