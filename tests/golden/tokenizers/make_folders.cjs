// Fills folders.json: for each folder the ids and texts by Hugging Face's tokenizers library, on the tokenizer.json that
// transformers 4's slow-to-fast converters make of the folder's files. The converters' rules are written out again here.
// npm install tokenizers@0.23.2 && node make_folders.cjs folders.json
const { Tokenizer } = require("tokenizers");
const fs = require("fs");
const path = require("path");

const MARK = "\u2581";
const OLD = (
  "<unk> <s> </s> [INST] [/INST] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS] [/TOOL_RESULTS] [TOOL_CALLS] [IMG] <pad> " +
  "[IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX] [SYSTEM_PROMPT] [/SYSTEM_PROMPT] [TOOL_CONTENT]"
).split(" ");
const QWEN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const LLAMA3 = QWEN.replace("|\\p{N}|", "|\\p{N}{1,3}|");

function* fields(bytes) {
  let at = 0;
  const variable = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = variable();
    let value;
    if ((tag & 7) === 0) value = variable();
    else if ((tag & 7) === 2) {
      const length = variable();
      value = bytes.subarray(at, at + length);
      at += length;
    } else {
      value = bytes.readFloatLE(at);
      at += 4;
    }
    yield [Math.floor(tag / 8), value];
  }
}

function sentencePiece(bytes) {
  const model = { pieces: [], trainer: {}, normalizer: {} };
  for (const [field, value] of fields(bytes)) {
    if (field === 1) {
      const piece = Object.fromEntries(fields(value));
      model.pieces.push({ text: piece[1].toString(), score: piece[2] ?? 0, type: piece[3] ?? 1 });
    }
    if (field === 2) Object.assign(model.trainer, Object.fromEntries(fields(value)));
    if (field === 3) Object.assign(model.normalizer, Object.fromEntries(fields(value)));
  }
  return model;
}

function mergesByScore(pieces) {
  const ids = new Map(pieces.map((p, i) => [p.text, i]));
  const merges = [];
  for (const piece of pieces) {
    const characters = [...piece.text];
    const local = [];
    for (let cut = 1; cut < characters.length; cut++) {
      const [left, right] = [characters.slice(0, cut).join(""), characters.slice(cut).join("")];
      if (ids.has(left) && ids.has(right))
        local.push([left, right, piece.score, cut, characters.length - cut]);
    }
    merges.push(...local.sort((a, b) => ids.get(a[0]) - ids.get(b[0]) || ids.get(a[1]) - ids.get(b[1])));
  }
  return merges.sort((a, b) => b[2] - a[2] || b[3] - a[3] || b[4] - a[4]).map((m) => [m[0], m[1]]);
}

const added = (id, content, special, flags) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: !special,
  special,
  ...flags,
});

function template(before, after, ids) {
  const all = [...before, ...after];
  const around = (name, type) => [
    ...before.map((t) => ({ SpecialToken: { id: t, type_id: type } })),
    { Sequence: { id: name, type_id: type } },
    ...after.map((t) => ({ SpecialToken: { id: t, type_id: type } })),
  ];
  return all.length === 0
    ? null
    : {
        type: "TemplateProcessing",
        single: around("A", 0),
        pair: [...around("A", 0), ...around("B", 1)],
        special_tokens: Object.fromEntries(all.map((t) => [t, { id: t, ids: [ids[t]], tokens: [t] }])),
      };
}

const BYTES = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
const replace = (pattern, content) => ({ type: "Replace", pattern, content });
const normalizers = (...steps) => ({ type: "Sequence", normalizers: steps.filter(Boolean) });

function spmPipeline(converter, model, options) {
  const map = model.normalizer[2]?.length ? Buffer.from(model.normalizer[2]).toString("base64") : null;
  const precompiled = map ? { type: "Precompiled", precompiled_charsmap: map } : null;
  const decoders = [replace({ String: MARK }, " "), { type: "ByteFallback" }, { type: "Fuse" }];
  const { legacy = true, prefix = true } = options;
  if (converter === "llama") {
    if (prefix) decoders.push({ type: "Strip", content: " ", start: 1, stop: 0 });
    return {
      normalizer: legacy
        ? normalizers(prefix ? { type: "Prepend", prepend: MARK } : null, replace({ String: " " }, MARK))
        : null,
      pre_tokenizer: legacy
        ? null
        : { type: "Metaspace", replacement: MARK, prepend_scheme: prefix ? "first" : "never", split: false },
      decoder: { type: "Sequence", decoders },
    };
  }
  if (converter === "gemma")
    return {
      normalizer: replace({ String: " " }, MARK),
      pre_tokenizer: { type: "Split", pattern: { String: " " }, behavior: "MergedWithPrevious", invert: false },
      decoder: { type: "Sequence", decoders },
    };
  const metaspace = { type: "Metaspace", replacement: MARK, prepend_scheme: "always", split: true };
  return {
    normalizer: normalizers(
      precompiled,
      { type: "Strip", strip_left: false, strip_right: true },
      replace({ Regex: " {2,}" }, MARK),
    ),
    pre_tokenizer: metaspace,
    decoder: metaspace,
  };
}

function spmFile(read, how) {
  const model = sentencePiece(read(how.model));
  let pieces = model.pieces;
  const fairseq = how.fairseq
    ? ["<s>", "<pad>", "</s>", "<unk>"].map((text, i) => ({ text, score: 0, type: i === 3 ? 2 : 3 }))
    : null;
  if (fairseq) pieces = [...fairseq, ...pieces.slice(3), ...how.fairseq.map((text) => ({ text, score: 0, type: 3 }))];
  for (let i = (how.extra ?? 0) - 1; i >= 0; i--) pieces = [...pieces, { text: `<extra_id_${i}>`, score: 0, type: 3 }];
  const unknown = pieces.findIndex((p) => p.type === 2);
  const bytes = how.converter !== "spm";
  const unigram = (model.trainer[3] ?? 1) === 1;
  return {
    ...spmPipeline(how.converter, model, how),
    added_tokens: pieces.flatMap((p, i) =>
      p.type === 3 || p.type === 2
        ? [added(i, p.text, true)]
        : p.type === 4
          ? [added(i, p.text, (how.special ?? []).includes(p.text), { normalized: false })]
          : [],
    ),
    ids: Object.fromEntries(pieces.map((p, i) => [p.text, i])),
    model: unigram
      ? { type: "Unigram", unk_id: unknown, byte_fallback: bytes, vocab: pieces.map((p) => [p.text, p.score]) }
      : {
          type: "BPE",
          dropout: null,
          unk_token: pieces[unknown].text,
          fuse_unk: true,
          byte_fallback: bytes,
          ignore_merges: false,
          vocab: Object.fromEntries(pieces.map((p, i) => [p.text, i])),
          merges: mergesByScore(pieces),
        },
  };
}

function byteLevelFile(read, how) {
  const vocab = JSON.parse(read("vocab.json"));
  const lines = read("merges.txt").toString().split(/\r?\n/);
  const merges = lines.filter((l) => l && !l.startsWith("#version")).map((l) => l.split(" "));
  return {
    added_tokens: [],
    ids: { ...vocab },
    normalizer: how.converter === "qwen" ? { type: "NFC" } : null,
    pre_tokenizer:
      how.converter === "qwen"
        ? {
            type: "Sequence",
            pretokenizers: [
              { type: "Split", pattern: { Regex: QWEN }, behavior: "Isolated", invert: false },
              { ...BYTES, use_regex: false },
            ],
          }
        : { ...BYTES, add_prefix_space: how.prefix ?? false },
    decoder: { ...BYTES, add_prefix_space: true },
    model: { type: "BPE", dropout: null, unk_token: null, fuse_unk: false, byte_fallback: false, vocab, merges },
  };
}

function wordPieceFile(read, how) {
  const vocab = Object.fromEntries(
    read("vocab.txt")
      .toString()
      .split("\n")
      .map((t, i) => [t, i])
      .slice(0, -1),
  );
  return {
    added_tokens: [],
    ids: { ...vocab },
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: how.chinese ?? true,
      strip_accents: how.accents ?? null,
      lowercase: how.lower ?? true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

const printable = (b) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174 && b <= 255);
const alphabet = [];
for (let b = 0, next = 256; b < 256; b++) alphabet.push(String.fromCodePoint(printable(b) ? b : next++));

function rankedFile(tokens, special, firstId, pattern) {
  const mapped = tokens.map((t) => [...Buffer.from(t, "base64")].map((b) => alphabet[b]).join(""));
  const ranks = new Map(mapped.map((t, i) => [t, i]));
  const merges = mapped.flatMap((token) => {
    const local = [];
    for (let cut = 1; cut < token.length; cut++)
      if (ranks.has(token.slice(0, cut)) && ranks.has(token.slice(cut)))
        local.push([ranks.get(token.slice(0, cut)), ranks.get(token.slice(cut))]);
    return local.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([l, r]) => [mapped[l], mapped[r]]);
  });
  // The library gives an added token that the model lacks the next id, whatever the file says.
  const vocab = Object.fromEntries([...special.map((t) => [t.content, t.id]), ...mapped.map((t, i) => [t, firstId + i])]);
  return {
    added_tokens: special,
    ids: { ...vocab },
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
        { ...BYTES, use_regex: false },
      ],
    },
    decoder: { ...BYTES, add_prefix_space: true },
    model: { type: "BPE", dropout: null, ignore_merges: true, vocab, merges },
  };
}

function tekkenFile(read) {
  const file = JSON.parse(read("tekken.json"));
  const { default_num_special_tokens: count, default_vocab_size: size, pattern } = file.config;
  const special = (file.special_tokens ?? []).map((t) => added(t.rank, t.token_str, t.is_control));
  for (const t of file.special_tokens ? [] : OLD) special.push(added(special.length, t, true));
  for (let id = special.length; id < count; id++) special.push(added(id, `<SPECIAL_${id}>`, true));
  const tokens = file.vocab.slice(0, size - count).map((t) => t.token_bytes);
  return rankedFile(tokens, special, count, pattern);
}

function tiktokenFile(read) {
  const lines = read("tokenizer.model").toString().split("\n").filter(Boolean);
  return rankedFile(
    lines.map((l) => l.split(" ")[0]),
    [],
    0,
    LLAMA3,
  );
}

const kinds = { spm: spmFile, byteLevel: byteLevelFile, wordPiece: wordPieceFile, tekken: tekkenFile, tiktoken: tiktokenFile };

async function main(target) {
  const file = JSON.parse(fs.readFileSync(target));
  for (const one of file.folders) {
    const read = (name) => {
      const content = one.files[name] ?? file.files[name];
      if (content === undefined) return fs.readFileSync(path.join(path.dirname(target), "models", name));
      return Buffer.from(typeof content === "string" ? (file.files[content] ?? content) : JSON.stringify(content));
    };
    const { ids, ...made } = kinds[one.make.kind](read, one.make);
    const list = new Map(made.added_tokens.map((t) => [t.id, t]));
    for (const [id, content, special, flags] of one.make.added ?? []) {
      ids[content] = id;
      list.set(id, added(id, content, special, flags));
    }
    const json = {
      version: "1.0",
      truncation: null,
      padding: null,
      ...made,
      added_tokens: [...list.values()].sort((a, b) => a.id - b.id),
      post_processor: template(one.make.before ?? [], one.make.after ?? [], ids),
    };
    const tokenizer = Tokenizer.fromString(JSON.stringify(json));
    one.ids = [];
    one.decoded = [];
    for (const text of file.texts) {
      const encoding = await tokenizer.encode(text, null, { addSpecialTokens: true });
      one.ids.push(encoding.getIds());
      one.decoded.push(await tokenizer.decode(encoding.getIds(), false));
    }
  }
  const origin = "Hugging Face tokenizers (npm tokenizers 0.23.2, Rust); see make_folders.cjs and make_folders.py";
  const rows = file.folders.map((one) => JSON.stringify(one)).join(",\n");
  const files = Object.entries(file.files).map(([n, c]) => `${JSON.stringify(n)}:${JSON.stringify(c)}`).join(",\n");
  fs.writeFileSync(
    target,
    `{"origin":"${origin}",\n"texts":${JSON.stringify(file.texts)},\n"files":{\n${files}},\n"folders":[\n${rows}]}\n`,
  );
}

main(process.argv[2]);
