// node llama.mjs REQUEST.json ANSWER.json: llama.cpp's distribution of the next token after each token of each sequence.
// A request is a list of {path, sequences, lora}, the last an adapter's file or null; an answer a list of {distributions} or {error}.
import { readFileSync, writeFileSync } from "node:fs";
import { getLlama } from "node-llama-cpp";

const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logLevel: "error" });
const answers = [];
for (const { path, sequences, lora } of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
    try {
        const model = await llama.loadModel({ modelPath: path });
        const context = await model.createContext({
            contextSize: 64,
            flashAttention: false,
            threads: 1,
            ...(lora ? { lora } : {}),
        });
        const sequence = context.getSequence();
        const distributions = [];
        for (const ids of sequences) {
            await sequence.clearHistory();
            const steps = await sequence.controlledEvaluate(ids.map((id) => [id, { generateNext: { probabilities: true } }]));
            distributions.push(
                steps.map((step) => {
                    const byId = new Array(step.next.probabilities.size).fill(0);
                    for (const [id, probability] of step.next.probabilities) byId[id] = probability;
                    return byId;
                }),
            );
        }
        answers.push({ distributions });
        await context.dispose();
        await model.dispose();
    } catch (error) {
        answers.push({ error: String(error) });
    }
}
writeFileSync(process.argv[3], JSON.stringify(answers));
process.exit(0);
