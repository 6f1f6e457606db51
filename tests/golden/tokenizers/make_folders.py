"""Writes the folders of folders.json, whose ids make_folders.cjs fills: python3 make_folders.py && node make_folders.cjs folders.json

`files` are the files of a folder (a text may be the name of one in the list above), `models` its models of SentencePiece, `make` what
the pipeline has to be by transformers' converters, with the added tokens (id, text, special, flags) and what stands around a text.
"""

import base64
import collections
import json
import pathlib
import re

HERE = pathlib.Path(__file__).parent
SOURCE = (HERE / "make_models.py").read_text(encoding="utf-8")
CORPUS = re.search(r'CORPUS = """(.*?)"""', SOURCE, re.S).group(1).splitlines()
TEXTS = json.loads((HERE / "sentencepiece.json").read_text(encoding="utf-8"))["texts"]
TEXTS += ["<|im_start|>user\nHi<|im_end|>\n", "a<|endoftext|> b", "[CLS] the [MASK] [SEP]", " [INST] Hi [/INST]</s>", "a <mask> b"]


def alphabet():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in printable]
    return {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(rest)}


def merges(count):
    words = collections.Counter(w for line in CORPUS for w in re.findall(r" ?\w+| ?[^\w\s]+|\s+", line))
    words = {tuple(bytes([b]) for b in w.encode()): n for w, n in words.items()}
    found = []
    for _ in range(count):
        pairs = collections.Counter()
        for word, n in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += n
        best = max(pairs, key=lambda p: (pairs[p], p))
        found.append(best)
        joined = {}
        for word, n in words.items():
            new, i = [], 0
            while i < len(word):
                two = word[i : i + 2] == best
                new.append(word[i] + word[i + 1] if two else word[i])
                i += 2 if two else 1
            joined[tuple(new)] = joined.get(tuple(new), 0) + n
        words = joined
    return found


ALPHABET = alphabet()
MERGES = merges(160)
BYTES = [*(bytes([b]) for b in range(256)), *dict.fromkeys(a + b for a, b in MERGES)]
text = lambda b: "".join(ALPHABET[x] for x in b)
VOCAB = {text(b): i for i, b in enumerate(BYTES)}
END = len(VOCAB)

WORDS = """[PAD] [UNK] [CLS] [SEP] [MASK] the an answer ans ##wer ##wers quick brown fox . , ' " ? ! it it ' s what they ll say new ##est slow
##er run ##ner ##ning caf ##e café gru ##ße grusse man ##ana mañana The Quick a x ##x ##a two space ##s here def ( ) : 1 2 3 4 5 ##1 ##2
##3 4 ##5 我 们 训 练 こ ##れは これは 短い tab and more zero ##width find fi ##nd text user hi Hi < > | im _ start end ##of""".split()

FILES = {
    "byte-level vocabulary": json.dumps(VOCAB | {"<|endoftext|>": END}, ensure_ascii=False),
    "merges": "#version: 0.2\n" + "".join(f"{text(a)} {text(b)}\n" for a, b in MERGES),
    "roberta vocabulary": json.dumps(
        {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3} | {t: i + 4 for t, i in VOCAB.items()} | {"<mask>": END + 4}, ensure_ascii=False
    ),
    "words": "".join(w + "\n" for w in dict.fromkeys(WORDS)),
    "ranks": "".join(f"{base64.b64encode(b).decode()} {i}\n" for i, b in enumerate(BYTES)),
}
TEKKEN = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
SPECIAL = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]"]


def tekken(version, special, count):
    config = {
        "pattern": TEKKEN,
        "num_vocab_tokens": len(BYTES),
        "default_vocab_size": len(BYTES) - 20 + count,
        "default_num_special_tokens": count,
        "version": version,
    }
    file = {
        "config": config,
        "vocab": [{"rank": i, "token_bytes": base64.b64encode(b).decode(), "token_str": None} for i, b in enumerate(BYTES)],
    }
    if special:
        file["special_tokens"] = [{"rank": i, "token_str": t, "is_control": True} for i, t in enumerate(special)]
    return json.dumps(file)


FILES["tekken"] = tekken("v11", SPECIAL, 12)
FILES["old tekken"] = tekken("v3", None, 24)

folders = []


def folder(name, make, files=None, models=None, model_type=None):
    row = {"name": name, "files": files or {}, "models": models or {}, "make": make}
    if model_type:
        row["model_type"] = model_type
    folders.append(row)


def flags(content, special, **more):
    return dict(content=content, lstrip=False, rstrip=False, normalized=False, single_word=False, special=special) | more


LLAMA = {
    "add_bos_token": True,
    "add_eos_token": False,
    "added_tokens_decoder": {str(i): flags(t, True) for i, t in enumerate(["<unk>", "<s>", "</s>"])},
    "bos_token": "<s>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": None,
    "tokenizer_class": "LlamaTokenizer",
}
llama = {"kind": "spm", "converter": "llama", "model": "bpe.model", "before": ["<s>"]}
bpe = {"tokenizer.model": "bpe"}
folder("llama, legacy", llama, {"tokenizer_config.json": LLAMA | {"legacy": True}}, bpe)
folder("llama, legacy is not said", llama, {"tokenizer_config.json": LLAMA | {"tokenizer_class": "LlamaTokenizerFast"}}, bpe)
folder("llama, not legacy", llama | {"legacy": False}, {"tokenizer_config.json": LLAMA | {"legacy": False}}, bpe)
folder("llama by the model's type", llama, {}, bpe, "llama")
folder(
    "llama, no prefix",
    llama | {"prefix": False},
    {"tokenizer_config.json": LLAMA | {"legacy": True, "add_prefix_space": False}},
    bpe,
)
folder(
    "llama, no prefix, not legacy",
    llama | {"prefix": False, "legacy": False},
    {"tokenizer_config.json": LLAMA | {"legacy": False, "add_prefix_space": False}},
    bpe,
)
folder(
    "llama, an end in place of a start",
    llama | {"before": [], "after": ["</s>"]},
    {"tokenizer_config.json": LLAMA | {"add_bos_token": False, "add_eos_token": True}},
    bpe,
)
more = {"520": flags("<|user|>", True, rstrip=True), "521": flags("<|end|>", False, normalized=True)}
for legacy in (True, False):
    folder(
        f"own pieces and added tokens, legacy {legacy}",
        llama
        | {"model": "bpe-own-pieces.model", "legacy": legacy}
        | {"added": [[520, "<|user|>", True, {"rstrip": True}], [521, "<|end|>", False, {}]]},
        {"tokenizer_config.json": LLAMA | {"legacy": legacy, "added_tokens_decoder": LLAMA["added_tokens_decoder"] | more}},
        {"tokenizer.model": "bpe-own-pieces"},
    )
folder(
    "added_tokens.json and special_tokens_map.json",
    llama | {"added": [[560, "<|user|>", True], [561, "<|end|>", False], [562, "<pad>", True]]},
    {
        "tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer", "legacy": True},
        "added_tokens.json": {"<|user|>": 560, "<|end|>": 561},
        "special_tokens_map.json": {
            "bos_token": flags("<s>", True),
            "eos_token": "</s>",
            "pad_token": "<pad>",
            "additional_special_tokens": ["<|user|>"],
        },
    },
    bpe,
)
for legacy in (True, False):
    folder(
        f"a unigram model as llama's, legacy {legacy}",
        llama | {"model": "unigram-bytes.model", "legacy": legacy},
        {"tokenizer_config.json": LLAMA | {"legacy": legacy}},
        {"tokenizer.model": "unigram-bytes"},
    )
folder(
    "gemma",
    {
        "kind": "spm",
        "converter": "gemma",
        "model": "bpe-no-prefix.model",
        "special": ["<start_of_turn>", "<end_of_turn>"],
        "before": ["<bos>"],
    },
    {"tokenizer_config.json": {"tokenizer_class": "GemmaTokenizer"}},
    {"tokenizer.model": "bpe-no-prefix"},
)
folder(
    "t5",
    {"kind": "spm", "converter": "spm", "model": "unigram-rules.model", "extra": 100, "after": ["</s>"]},
    {"tokenizer_config.json": {"tokenizer_class": "T5Tokenizer"}},
    {"spiece.model": "unigram-rules"},
)
folder(
    "xlm-roberta",
    {
        "kind": "spm",
        "converter": "spm",
        "model": "unigram-rules-own-pieces.model",
        "fairseq": ["<mask>"],
        "added": [[228 + 2, "<mask>", True, {"lstrip": True}]],
        "before": ["<s>"],
        "after": ["</s>"],
    },
    {"tokenizer_config.json": {"tokenizer_class": "XLMRobertaTokenizer"}},
    {"sentencepiece.bpe.model": "unigram-rules-own-pieces"},
)
two = {"vocab.json": "byte-level vocabulary", "merges.txt": "merges"}
gpt2 = {"kind": "byteLevel", "converter": "gpt2", "added": [[END, "<|endoftext|>", True]]}
folder("gpt2", gpt2, two, model_type="gpt2")
folder("gpt2 without any config", gpt2, two)
folder(
    "gpt2 with a space and a start",
    gpt2 | {"prefix": True, "before": ["<|endoftext|>"]},
    two | {"tokenizer_config.json": {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True, "add_bos_token": True}},
)
folder(
    "gpt2 with added tokens",
    gpt2 | {"added": gpt2["added"] + [[END + 1, "<|im_start|>", True], [END + 2, "<|im_end|>", False]]},
    two
    | {
        "added_tokens.json": {"<|im_start|>": END + 1, "<|im_end|>": END + 2},
        "special_tokens_map.json": {"additional_special_tokens": ["<|im_start|>"]},
    },
)
folder(
    "qwen2",
    {
        "kind": "byteLevel",
        "converter": "qwen",
        "added": gpt2["added"] + [[END + 1, "<|im_start|>", True], [END + 2, "<|im_end|>", True]],
    },
    two
    | {
        "tokenizer_config.json": {
            "tokenizer_class": "Qwen2Tokenizer",
            "added_tokens_decoder": {
                str(END + i): flags(t, True) for i, t in enumerate(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
            },
            "eos_token": "<|im_end|>",
            "bos_token": None,
            "add_bos_token": False,
        }
    },
)
folder(
    "roberta",
    {
        "kind": "byteLevel",
        "converter": "gpt2",
        "added": [[0, "<s>", True], [1, "<pad>", True], [2, "</s>", True], [3, "<unk>", True], [END + 4, "<mask>", True, {"lstrip": True}]],
        "before": ["<s>"],
        "after": ["</s>"],
    },
    {"vocab.json": "roberta vocabulary", "merges.txt": "merges", "tokenizer_config.json": {"tokenizer_class": "RobertaTokenizer"}},
)
bert = {
    "kind": "wordPiece",
    "added": [[i, t, True] for i, t in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])],
    "before": ["[CLS]"],
    "after": ["[SEP]"],
}
folder("bert", bert, {"vocab.txt": "words"})
folder(
    "bert with case",
    bert | {"lower": False, "chinese": False},
    {
        "vocab.txt": "words",
        "tokenizer_config.json": {"tokenizer_class": "BertTokenizerFast", "do_lower_case": False, "tokenize_chinese_chars": False},
    },
)
folder("bert with accents", bert | {"accents": False}, {"vocab.txt": "words", "tokenizer_config.json": {"strip_accents": False}}, model_type="bert")
folder("tekken", {"kind": "tekken", "added": [[len(BYTES) - 20 + 12, "<pad>", True]], "before": ["<s>"]}, {"tekken.json": "tekken"}, model_type="mistral")
folder(
    "tekken without a list of special tokens",
    {"kind": "tekken"},
    {"tekken.json": "old tekken", "tokenizer_config.json": {"tokenizer_class": "MistralCommonTokenizer", "add_bos_token": False}},
)
folder(
    "tiktoken",
    {"kind": "tiktoken", "added": [[END, "<|begin_of_text|>", True], [END + 1, "<|im_start|>", True]], "before": ["<|begin_of_text|>"]},
    {
        "tokenizer.model": "ranks",
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "add_bos_token": True,
            "bos_token": "<|begin_of_text|>",
            "added_tokens_decoder": {str(END): flags("<|begin_of_text|>", True), str(END + 1): flags("<|im_start|>", True)},
        },
    },
)
target = HERE / "folders.json"
target.write_text(json.dumps({"texts": TEXTS, "files": FILES, "folders": folders}, ensure_ascii=False), encoding="utf-8")
