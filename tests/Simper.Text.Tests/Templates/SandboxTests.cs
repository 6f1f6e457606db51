using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Templates;

/// <summary>Templates come with models, from anywhere: none may reach the host, run for ever or fill the memory.</summary>
public class SandboxTests
{
    private static string Render(string template, string variables = "{}") =>
        ChatTemplate.Parse(template, "t").Render(JsonNode.Parse(variables)!.AsObject());

    private static string Error(string template, string variables = "{}") =>
        Assert.Throws<SimperException>(() => Render(template, variables)).Message;

    public static TheoryData<string> Escapes =>
        [
            "{{ ''.__class__.__mro__[1].__subclasses__() }}",
            "{{ ().__class__.__bases__[0].__subclasses__()[59] }}",
            "{{ [].__class__.__base__.__subclasses__() }}",
            "{{ config.items() }}",
            "{{ self.__init__.__globals__.__builtins__ }}",
            "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
            "{{ joiner.__init__.__globals__.os.popen('id').read() }}",
            "{{ namespace.__init__.__globals__.os.popen('id').read() }}",
            "{{ lipsum.__globals__['os'].popen('id').read() }}",
            "{{ request.application.__globals__ }}",
            "{{ get_flashed_messages.__globals__ }}",
            "{{ url_for.__globals__['os'] }}",
            "{{ ''|attr('__class__')|attr('__mro__') }}",
            "{{ 'a'|attr('format')('x') }}",
            "{{ '{0.__class__}'.format('a') }}",
            "{{ '{a.__class__}'.format(a='a') }}",
            "{{ ('%' ~ 'c') % 7 }}",
            "{% import 'os' as os %}",
            "{% include '/etc/passwd' %}",
            "{% extends 'base' %}",
            "{% from 'os' import popen %}",
            "{% block x %}{% endblock %}",
            "{{ range.__self__ }}",
            "{{ raise_exception.__globals__ }}",
            "{{ strftime_now.__closure__ }}",
            "{{ dict.__init__ }}",
            "{{ loop.__class__ }}",
            "{{ messages.append(1) }}",
            "{% set x = [] %}{{ x.append(1) }}",
            "{% set x = {} %}{{ x.update({'a': 1}) }}",
            "{{ messages.__class__ }}",
            "{{ ''.GetType() }}",
            "{{ ''.GetType().Assembly }}",
            "{{ System.IO.File.ReadAllText('/etc/passwd') }}",
            "{{ 7|xmlattr }}",
            "{{ [1]|map('attr', '__class__')|list }}",
            "{{ {}.__class__ }}",
            "{{ (1).bit_length() }}",
            "{{ true.__class__ }}",
            "{% macro m() %}{% endmacro %}{{ m.__code__ }}",
            "{{ m.__globals__ }}",
        ];

    [Theory]
    [MemberData(nameof(Escapes))]
    public void Published_escapes_are_refused_or_give_nothing(string template)
    {
        try
        {
            string rendered = Render(template, """{"messages": []}""");
            Assert.DoesNotContain("class", rendered, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("root:", rendered, StringComparison.Ordinal);
            Assert.DoesNotContain("System", rendered, StringComparison.Ordinal);
        }
        catch (SimperException)
        {
            // Refused.
        }
    }

    public static TheoryData<string> Bombs =>
        [
            "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}x{% endfor %}{% endfor "
                + "%}{% endfor %}",
            "{{ 'a' * 999999999999 }}",
            "{{ ['a'] * 999999999 }}",
            "{{ range(999999999)|list }}",
            "{% set ns = namespace(s='aaaaaaaaaa') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
            "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
            "{% set ns = namespace(s='aaaaaaaaaa') %}{% for i in range(60) %}{% set ns.s = ns.s.replace('a', 'aaaa') "
                + "%}{% endfor %}",
            "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
            "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
            "{{ 9 ** (9 ** (9 ** 9)) }}",
            "{{ (9 ** 999999999) }}",
            "{{ 10 ** 4300 }}",
            "{% set ns = namespace(n=7) %}{% for i in range(99999) %}{% set ns.n = ns.n * ns.n %}{% endfor %}",
            "{% set ns = namespace(x=[]) %}{% for i in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
            "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            "{{ 'a'.ljust(999999999)|length }}{{ ('a' * 8000000) ~ ('b' * 8000000) }}",
            "{{ '%999999999d' % 1 }}{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        ];

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Bombs))]
    public async Task Bombs_are_stopped_with_a_sentence(string template)
    {
        long before = GC.GetTotalAllocatedBytes();
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        string message = await Task.Run(() => Error(template), TestContext.Current.CancellationToken);
        Assert.StartsWith("t: chat template", message, StringComparison.Ordinal);
        Counts.Tell(
            17,
            $"{template[..Math.Min(70, template.Length)]}: "
                + $"{System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms, "
                + $"{(GC.GetTotalAllocatedBytes() - before) / 1e6:F0} MB allocated in all"
        );
    }

    [Fact]
    public void Deeply_nested_templates_and_values_overflow_no_stack()
    {
        Assert.Contains(
            "nested",
            Error("{{ " + new string('(', 50_000) + "1" + new string(')', 50_000) + " }}"),
            StringComparison.Ordinal
        );
        Assert.Contains("nested", Error("{{ " + new string('-', 50_000) + "1 }}"), StringComparison.Ordinal);
        Assert.Contains(
            "nested",
            Error("{{ " + string.Concat(Enumerable.Repeat("not ", 50_000)) + "1 }}"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "nested",
            Error(string.Concat(Enumerable.Repeat("{% if 1 %}", 8_000)) + string.Concat(Enumerable.Repeat("{% endif %}", 8_000))),
            StringComparison.Ordinal
        );
        // A long chain of operators is parsed in a loop, and evaluated within the stack or refused.
        Assert.True(
            ChatTemplate.Parse("{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 20_000)) + " }}", "t") is { } chain
                && (Record.Exception(() => chain.Render(new JsonObject())) is null or SimperException)
        );
    }

    [Theory]
    [InlineData("{{ a", "line 1")]
    [InlineData("x\n{% if %}", "line 2")]
    [InlineData("{% for x in y %}", "endfor")]
    [InlineData("{% endif %}", "closes nothing")]
    [InlineData("{{ a | nosuch }}", "the filter \"nosuch\" is not supported")]
    [InlineData("{{ a is nosuch }}", "the test \"nosuch\" is not supported")]
    [InlineData("{{ 'a }}", "a text is not closed")]
    [InlineData("{% break %}", "outside of a loop")]
    [InlineData("{{ a.b.c }}", "not defined")]
    [InlineData("{{ 1 + 'a' }}", "cannot be applied")]
    [InlineData("{{ 1 / 0 }}", "division by zero")]
    [InlineData("{{ raise_exception('no such role') }}", "no such role")]
    public void Mistakes_are_said_with_their_line(string template, string expected) =>
        Assert.Contains(expected, Error(template), StringComparison.Ordinal);

    [Theory]
    [InlineData(
        "{{ 1.0 }} {{ 1e16 }} {{ 1e-5 }} {{ 0.1 + 0.2 }} {{ 3 / 2 }} {{ 7 // -2 }} {{ -7 % 3 }} {{ 2 ** 10 }}",
        "1.0 1e+16 1e-05 0.30000000000000004 1.5 -4 2 1024"
    )]
    [InlineData("{{ [1, 'a', none, true, {'b': 2.5}] }}", "[1, 'a', None, True, {'b': 2.5}]")]
    [InlineData("{{ {'a': [1, 2], 'ä': 'x\"y'} | tojson }}", "{\"a\": [1, 2], \"ä\": \"x\\\"y\"}")]
    [InlineData("{{ 'a,b,c'.split(',', 1) }} {{ 'abc'[::-1] }} {{ [1,2,3,4][1:-1] }}", "['a', 'b,c'] cba [2, 3]")]
    [InlineData(
        "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ loop.index }}{{ k }}{{ v }}{{ ', ' if not loop.last }}{% endfor %}",
        "1a1, 2b2"
    )]
    [InlineData("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}", "1")]
    [InlineData("{% set ns = namespace(x=1) %}{% for i in [1,2] %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}", "4")]
    [InlineData(
        "{% macro m(a, b='z') %}{{ a }}{{ b }}{{ caller() if caller }}{% endmacro %}{{ m('x') }}{% call m(1, b=2) %}!{% "
            + "endcall %}",
        "xz12!"
    )]
    [InlineData("{{ '😀a'|length }} {{ '😀a'[0] }}", "2 😀")]
    [InlineData("{{ undefined_thing }}|{{ undefined_thing is defined }}|{{ undefined_thing|default('d') }}", "|False|d")]
    [InlineData("{{ 1 < 2 < 3 }} {{ 'a' in 'abc' }} {{ 2 not in [1] }} {{ not 1 == 2 }}", "True True True True")]
    [InlineData("{{ [3,1,2]|sort|join('-') }} {{ ['b','A']|sort|first }} {{ [1,1,2]|unique|list }}", "1-2-3 A [1, 2]")]
    [InlineData("  {% if true %}\nx\n  {% endif %}\ny\n", "x\ny")]
    public void Values_print_as_python_prints_them(string template, string expected) => Assert.Equal(expected, Render(template));
}
