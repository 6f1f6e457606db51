"""Trains the small SentencePiece models of models/ on the sentences below, and writes what SentencePiece itself makes of the
texts (sentencepiece.json). Debian's packages sentencepiece and python3-sentencepiece, 0.1.97:

    /usr/bin/python3 make_models.py
"""

import io
import json
import pathlib

import sentencepiece as spm

HERE = pathlib.Path(__file__).parent

CORPUS = """The quick brown fox jumps over the lazy dog near the river bank.
A preference is an answer that a person likes better than another answer.
We train small models on small texts and look at what they say.
Numbers such as 12, 345 and 6789 stand in some of the sentences.
He said: "It's not what I would have chosen, but it'll do."
The answers were rejected, the questions were not answered at all.
Grüße aus München, schöne Straßen und Wälder über den Flüssen.
Où est la bibliothèque? Elle est près de l'église, à côté du café.
El niño comió una manzana mañana por la mañana.
Это простое предложение на русском языке для словаря.
これは小さなモデルのための短い文です。
我们用很短的句子训练一个小模型。
for i in range(10): print(i, i * i)
def answer(question): return "yes" if question else "no"
aaaa aaa aa a aaaaa aaaaaa xx xxxx xxx
the the the there then these those this that than
running runner runs ran walking walker walks walked
lower lowest low slower slowest slow newer newest new wider widest wide
""".splitlines()

TEXTS = [
    "",
    " ",
    "   ",
    "a",
    " a",
    "  a",
    "a ",
    "a  ",
    "the answer",
    "The quick brown fox.",
    "  two  spaces   here  ",
    "tab\tand\nnewline\r\nand\n\n\nmore",
    "It's what they'll say",
    "newest slowest unknownest",
    "aaaaaaa xxxxxxxxxxx",
    "12345 6 78",
    "Grüße, café, mañana",
    "cafe\u0301 man\u0303ana A\u030a",
    "\ufb01nd \u2460 \u00bd \uff21\uff22\uff23 \u3000x",
    "これは短い文です。",
    "我们 训练",
    "\U0001f44d\U0001f3fd ok \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u2581marked \u2581 text\u2581",
    "<s>",
    "a<s>b</s> c",
    "<s> a </s> b",
    "<pad><unk> x",
    "<|user|>Hi<|end|> there <|user|>",
    "<|user|> the <sep> answer",
    "<tool>a</tool> <tool> b",
    "<0x41><0x0A>",
    "def answer(question): return 1",
    "\u0000\u0001zero\u007f",
    "``quoted'' text",
    "\u200bzero\u200dwidth\ufeff",
    "e\u0301\u0301 \u1100\u1161\u11a8 \ud55c",
    "x" * 70 + " " + "the " * 20,
]

# Own rules, so that the table is small: composition, ligatures, wide letters, white space, and removed characters.
RULES = {
    "e\u0301": "\u00e9",
    "n\u0303": "\u00f1",
    "A\u030a": "\u00c5",
    "\ufb01": "fi",
    "\uff21": "A",
    "\uff22": "B",
    "\uff23": "C",
    "\u2460": "1",
    "\u00bd": "1\u20442",
    "\u3000": " ",
    "\t": " ",
    "\n": " ",
    "\r": " ",
    "\u200b": " ",
    "\ufeff": "",
    "\u0001": "",
    "\u1100\u1161\u11a8": "\uac01",
    "\u1100\u1161": "\uac00",
}


def train(name, rules=False, **options):
    if rules:
        tsv = HERE / "rules.tsv"
        tsv.write_text(
            "".join(
                " ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) + "\n" for a, b in sorted(RULES.items())
            )
        )
        options["normalization_rule_tsv"] = str(tsv)
    else:
        options.setdefault("normalization_rule_name", "identity")
    model = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_writer=model, hard_vocab_limit=False, character_coverage=1.0, minloglevel=2, **options
    )
    if rules:
        (HERE / "rules.tsv").unlink()
    data = model.getvalue()
    (HERE / "models" / f"{name}.model").write_bytes(data)
    processor = spm.SentencePieceProcessor(model_proto=data)
    print(name, processor.get_piece_size(), len(data))
    return {"ids": [processor.encode(text) for text in TEXTS], "decoded": [processor.decode(processor.encode(t)) for t in TEXTS]}


llama = dict(remove_extra_whitespaces=False, byte_fallback=True, split_digits=True, allow_whitespace_only_pieces=True)
own = dict(user_defined_symbols=["<tool>", "</tool>", "\n\n"], control_symbols=["<sep>"])
results = {
    "bpe": train("bpe", model_type="bpe", vocab_size=560, **llama),
    "bpe-own-pieces": train("bpe-own-pieces", model_type="bpe", vocab_size=520, **llama, **own),
    "bpe-no-prefix": train(
        "bpe-no-prefix",
        model_type="bpe",
        vocab_size=540,
        add_dummy_prefix=False,
        pad_id=0,
        eos_id=1,
        bos_id=2,
        unk_id=3,
        pad_piece="<pad>",
        eos_piece="<eos>",
        bos_piece="<bos>",
        user_defined_symbols=["<start_of_turn>", "<end_of_turn>", "\n", "\n\n", "\u2581\u2581", "\u2581\u2581\u2581"],
        **llama,
    ),
    "unigram-bytes": train("unigram-bytes", model_type="unigram", vocab_size=520, **llama),
    "unigram": train("unigram", model_type="unigram", vocab_size=300),
    "unigram-rules": train("unigram-rules", rules=True, model_type="unigram", vocab_size=320, pad_id=0, eos_id=1, unk_id=2, bos_id=-1),
    "unigram-rules-own-pieces": train("unigram-rules-own-pieces", rules=True, model_type="unigram", vocab_size=300, **own),
    "bpe-rules": train("bpe-rules", rules=True, model_type="bpe", vocab_size=300),
}
out = HERE / "sentencepiece.json"
lines = ",\n".join(f"{json.dumps(k)}:{json.dumps(v, ensure_ascii=False)}" for k, v in results.items())
origin = "SentencePiece 0.1.97; see make_models.py"
out.write_text(f'{{"origin":"{origin}",\n"texts":{json.dumps(TEXTS)},\n"models":{{\n{lines}}}}}\n', encoding="utf-8")
