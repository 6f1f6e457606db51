// The peer of bench/Serving: llama.cpp through node-llama-cpp, the same prompts, all streams asked for at once.
//   npm i --ignore-scripts --omit=optional node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1
//   node llama.mjs MODEL.gguf PROMPT TOKENS STREAMS ROUNDS
import {getLlama} from 'node-llama-cpp';

const [file, prompt, tokens, streams, rounds] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const llama = await getLlama({gpu: false, build: 'never', skipDownload: true, maxThreads: 2});
const model = await llama.loadModel({modelPath: file});
const context = await model.createContext({threads: {ideal: 2, min: 2}, sequences: streams, contextSize: (prompt + tokens + 8),
  batchSize: Math.max(512, streams * 2)});
let fresh = 0;
const ids = s => { const own = fresh += 31; return Array.from({length: prompt}, (_, i) => 1000 + ((i + own) * 7919) % 40000); };
const sequences = Array.from({length: streams}, () => context.getSequence());
const all = [], writing = [], first = [];
for (let round = 0; round <= rounds; round++) { // the first is a warm-up
  for (const s of sequences) await s.clearHistory();
  const prompts = sequences.map((_, i) => ids(i));
  const firsts = [], lasts = [];
  const at = performance.now();
  await Promise.all(sequences.map(async (s, i) => {
    let n = 0;
    for await (const id of s.evaluate(prompts[i], {temperature: 0, yieldEogToken: true})) {
      if (n === 0) firsts[i] = (performance.now() - at) / 1000;
      if (++n >= tokens) break;
    }
    lasts[i] = (performance.now() - at) / 1000;
  }));
  if (round === 0) continue;
  const end = Math.max(...lasts);
  all.push(streams * tokens / end); writing.push(streams * (tokens - 1) / (end - Math.max(...firsts)));
  first.push(firsts.sort((a, b) => a - b)[streams >> 1]);
}
const mid = a => a.sort((x, y) => x - y)[a.length >> 1];
console.log(JSON.stringify({streams, tokens_per_second: mid(all), best: Math.max(...all), decode: mid(writing), first_token: mid(first)}));
process.exit(0);
