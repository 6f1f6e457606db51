namespace Simper.Serving;

/// <summary>A rule of a grammar over bytes. A rule's state is an index of its own; 0 at its start.</summary>
internal abstract class Rule
{
    /// <summary>
    /// What a rule at an index goes on with before it reads a byte: pushes states with <paramref name="push"/>. Terminals are
    /// not expanded.
    /// </summary>
    public virtual void Expand(int index, GrammarFrame frame, Action<Rule, int, GrammarFrame?> push) { }

    /// <summary>Whether it reads bytes itself.</summary>
    public virtual bool IsTerminal => false;

    /// <summary>The index after a byte, <see cref="Done"/> at the end of the rule, or <see cref="Dead"/>.</summary>
    public virtual int Read(int index, byte b) => Dead;

    /// <summary>Whether so many characters of a JSON string that need no escape may follow, whatever they are.</summary>
    public virtual bool TakesText(int index, int characters) => false;

    public const int Done = -1;
    public const int Dead = -2;

    /// <summary>Bytes one after another.</summary>
    public sealed class Literal(byte[] bytes) : Rule
    {
        public override bool IsTerminal => true;

        public override int Read(int index, byte b) =>
            bytes[index] != b ? Dead
            : index + 1 == bytes.Length ? Done
            : index + 1;
    }

    /// <summary>One byte of several.</summary>
    public sealed class OneOf(string bytes) : Rule
    {
        public override bool IsTerminal => true;

        public override int Read(int index, byte b) => bytes.Contains((char)b) ? Done : Dead;
    }

    /// <summary>A JSON string after its first quotation mark. 0: inside; 1: after \; 2 to 5: digits of \u.</summary>
    public sealed class StringRest : Rule
    {
        public override bool IsTerminal => true;

        public override bool TakesText(int index, int characters) => index == 0;

        public override int Read(int index, byte b) =>
            index switch
            {
                0 => b == '"' ? Done
                : b == '\\' ? 1
                : b >= 0x20 ? 0
                : Dead,
                1 => b == 'u' ? 2
                : "\"\\/bfnrt".Contains((char)b) ? 0
                : Dead,
                // Of surrogates only pairs are text: no such escapes, the characters themselves can be written.
                2 => b is (byte)'d' or (byte)'D' || !char.IsAsciiHexDigit((char)b) ? Dead : 3,
                _ => !char.IsAsciiHexDigit((char)b) ? Dead
                : index == 5 ? 0
                : index + 1,
            };
    }

    /// <summary>Rules one after another; empty for nothing at all.</summary>
    public sealed class Sequence(params Rule[] parts) : Rule
    {
        public override void Expand(int index, GrammarFrame frame, Action<Rule, int, GrammarFrame?> push)
        {
            if (index == parts.Length)
                push(Nothing, 0, frame.Next);
            else
                push(parts[index], 0, index + 1 == parts.Length ? frame.Next : frame.At(index + 1));
        }
    }

    /// <summary>Any of several.</summary>
    public sealed class Any(IReadOnlyList<Rule> options) : Rule
    {
        public override void Expand(int index, GrammarFrame frame, Action<Rule, int, GrammarFrame?> push)
        {
            foreach (Rule option in options)
                push(option, 0, frame.Next);
        }
    }

    /// <summary>A rule between <paramref name="least"/> and <paramref name="most"/> times; it must not be empty.</summary>
    public sealed class Repeated(Rule part, int least, int most) : Rule
    {
        public override void Expand(int index, GrammarFrame frame, Action<Rule, int, GrammarFrame?> push)
        {
            if (index >= least)
                push(Nothing, 0, frame.Next);
            if (index < most)
                // Without an upper limit what counts is whether there are enough.
                push(part, 0, frame.At(most == int.MaxValue ? Math.Min(index + 1, least) : index + 1));
        }
    }

    /// <summary>A rule that is made when it is first reached: rules may contain themselves.</summary>
    public sealed class Later(Func<Rule> make) : Rule
    {
        private Rule? _made;

        public override void Expand(int index, GrammarFrame frame, Action<Rule, int, GrammarFrame?> push) =>
            push(_made ??= make(), 0, frame.Next);
    }

    /// <summary>Goes on with what follows.</summary>
    public static readonly Rule Nothing = new Sequence();
}
