// Asks a server with the npm client: node openai.mjs BASE_URL. Prints what it made of the answers as JSON.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "any-key", maxRetries: 0 });
const request = { model: "demo", messages: [{ role: "user", content: "Hé 😀" }], max_tokens: 10, seed: 5 };

const models = [];
for await (const model of await client.models.list()) models.push(model.id);

const whole = await client.chat.completions.create(request);
let streamed = "";
let finish = null;
let usage = null;
const stream = await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } });
for await (const chunk of stream) {
  streamed += chunk.choices[0]?.delta?.content ?? "";
  finish = chunk.choices[0]?.finish_reason ?? finish;
  usage = chunk.usage ?? usage;
}

const completion = await client.completions.create({ model: "demo", prompt: [[5, 6, 7]], max_tokens: 1, echo: true, logprobs: 1 });

let error = null;
try {
  await client.chat.completions.create({ ...request, n: 0 });
} catch (e) {
  error = { name: e.constructor.name, status: e.status, param: e.param };
}

console.log(
  JSON.stringify({
    models,
    retrieved: (await client.models.retrieve("org/m")).id,
    whole: whole.choices[0].message.content,
    streamed,
    finish: [whole.choices[0].finish_reason, finish],
    usage: [whole.usage.total_tokens, usage.total_tokens],
    entries: completion.choices[0].logprobs.token_logprobs.length,
    error,
  }),
);
