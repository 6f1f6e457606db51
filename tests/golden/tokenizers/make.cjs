// Fills steps.json: for each case the ids and the decoded text of its texts, by Hugging Face's tokenizers library.
// npm install tokenizers@0.23.2 && node make.cjs steps.json
const { Tokenizer } = require("tokenizers");
const fs = require("fs");

async function main(path) {
  const steps = JSON.parse(fs.readFileSync(path));
  for (const one of steps.cases) {
    const { name, model, texts, ids, decoded, ...sections } = one;
    const empty = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
    const file = { version: "1.0", truncation: null, padding: null, ...empty, ...sections, model: steps.models[model] };
    const tokenizer = Tokenizer.fromString(JSON.stringify(file));
    one.ids = [];
    one.decoded = [];
    for (const text of texts) {
      const encoding = await tokenizer.encode(text, null, { addSpecialTokens: true });
      one.ids.push(encoding.getIds());
      one.decoded.push(await tokenizer.decode(encoding.getIds(), false));
    }
  }
  const models = Object.entries(steps.models).map(([name, model]) => `${JSON.stringify(name)}:${JSON.stringify(model)}`);
  const cases = steps.cases.map((one) => JSON.stringify(one));
  const origin = "Hugging Face tokenizers (npm tokenizers 0.23.2, Rust); see make.cjs";
  fs.writeFileSync(path, `{"origin":"${origin}",\n"models":{\n${models.join(",\n")}},\n"cases":[\n${cases.join(",\n")}]}\n`);
}

main(process.argv[2]);
