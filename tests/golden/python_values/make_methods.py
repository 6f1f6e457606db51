"""Makes methods.json: methods, filters, tests and members of values of all kinds, and what Jinja2 makes of them in Hugging Face's
environment.

    python3 make_methods.py > methods.json      (needs jinja2)

Null where Jinja2 raises an error. Results that show where an object lies in memory are left out.
"""

import copy
import itertools
import json

import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])
env.filters["tojson"] = tojson

variables = {
    "s": "Hello  World, it's x.y\n<b> ",
    "u": "héé 😀 ß",
    "nl": "a\n\n  b \r\nc\u2028d\n",
    "l": [3, 1, 2],
    "lm": [
        {"role": "user", "content": "x", "n": 2},
        {"role": "assistant", "content": None, "n": 1},
        {"role": "user", "content": ["p"], "n": 3.0},
    ],
    "m": {"b": 1, "a": [1, None, "x"], "items": 5, "c": {"d": True}},
    "e": {},
    "no": None,
}
names = [*variables, "undef"]
texts = """strip() strip('x') strip(none) lstrip() rstrip() lower() upper() title() capitalize() swapcase() startswith('H')
startswith('e',1) startswith(('H','a')) startswith('',99) endswith('>') endswith('b',0,-1) removeprefix('He') replace('l','L')
replace('l','L',1) replace('','-') replace('','-',3) split() split('l',1) split(none,1) split(maxsplit=2) split(sep='l',maxsplit=1)
rsplit('l',1) rsplit(none,1) rsplit(maxsplit=2) rsplit('ll',9) splitlines() splitlines(true) find('l') find('l',3) find('l',-4)
find('',99) rfind('l') rfind('l',0,5) rindex('l') index('l',4) count('l') count('l',4) count('') isalpha() isalnum() isascii()
isupper() islower() istitle() center(30,'*') center(31) ljust(30,'.') partition('l') rpartition('l')""".split("\n")
texts = " ".join(texts).split(" ")
filters = """title|wordcount|replace(old='l',new='Q')|indent(2,true)|indent('> ',blank=true)|truncate(8)|truncate(8,true,'')|
map('string')~list|select~list|selectattr('role','eq','user')~list|rejectattr('content')~list|map(attribute='role')~list|
sort(attribute='role,n')|sort(attribute='n',reverse=true)|sort(case_sensitive=true)|sort|slice(2)~list|slice(3,'-')~list|
groupby('role')~map(attribute='grouper')~list|groupby('role')~map(attribute='list')~list|groupby('role')~list|
groupby('zz',default=1)~list|attr('role')|attr('b')|first|last|dictsort|dictsort(by='value',reverse=true)|upper|length""".replace(
    "\n", ""
).split("|")
members = """.items is defined|['items'] is defined|.items is callable|.items == 5|['items'] == 5|.get is defined|.copy is defined|
.update is defined|.keys()~list|.items()~list|.zz is defined|['zz'] is callable|.upper is defined|['upper'] is callable|
.count is defined|.index is callable|.b|.b is callable|is sequence|is iterable|is callable|is lower|is upper|is mapping""".replace(
    "\n", ""
).split("|")
templates = [
    *(f"{{{{ {n}.{m} }}}}" for n, m in itertools.product(["s", "u", "nl"], texts)),
    *(f"{{{{ {n}|{f.replace('~', '|')} }}}}" for n, f in itertools.product(names, filters)),
    *(
        f"{{{{ {n}{m.replace('~', '|') if m[0] in '.[' else ' ' + m} }}}}"
        for n, m in itertools.product(names, members)
    ),
    *r"""{% set j = joiner(', ') %}{% for x in l %}{{ j() }}{{ x }}{% endfor %}
{% set j = joiner() %}{{ j() }}a{{ j() }}b
{% set c = cycler('a','b') %}{% for x in l %}{{ c.next() }}{% endfor %}{{ c.current }}{% set _ = c.reset() %}{{ c.next() }}
{{ dict([('a', 1), ('b', [2])]) }}{{ dict(m, b=2)['b'] }}
{{ dict(l) }}
{{ dict(5) }}
{% set (a, b) = (1, 2) %}{{ a }}{{ b }}
{% set (a) = 3 %}{{ a }}
{{ '\101\033[0m\0\7|\x41' }}
{% set f = s.split %}{{ f(',')[0] }}
{% set get = m.get %}{{ get('b') }}{{ get('zz', 4) }}
{% for k in m.keys() %}{{ k }}{% endfor %}{% if e.items %}method{% endif %}{% if e['items'] %}method{% endif %}
{% set ns = namespace(items=3) %}{{ ns.items }}{{ ns.get is defined }}
{% for g in lm|groupby('role') %}{{ g.grouper }}{{ g.list|length }}{{ g[0] }}{% endfor %}""".split("\n"),
    "{% raw %}\n{{ x }}\n{% endraw %}\ny",
    "{%- raw -%}\n {{ x }} \n{%- endraw -%}\n y",
]
cases = []
for template in templates:
    if "u.title" in template or template[3:].startswith(("l|title", "l|wordcount", "l|replace", "l|truncate", "lm|truncate", "m|truncate")):
        continue  # "Ss" of one letter; Jinja2 does not ask whether it was given a text
    try:
        text = env.from_string(template).render(**copy.deepcopy(variables))  # indent appends to a list
    except Exception:
        text = None
    if text is None or " at 0x" not in text:
        cases.append([template, text])
print('{"variables": ' + json.dumps(variables) + ', "cases": [')
print(",\n".join(json.dumps(c) for c in cases))
print("]}")
