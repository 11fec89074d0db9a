// Plays one scenario with the official client, and prints what came of it and what was requested.
//
// stdin: {"scenario": "predictions.create", "url", "token", "arguments": {…}}
// stdout: {"result" or "error", "requests": [{method, path, prefer, status, applied}]}

import Replicate from "replicate";

const { scenario, url, token, arguments: args } = JSON.parse(await read(process.stdin));
const requests = [];
const replicate = new Replicate({
  auth: token,
  baseUrl: `${url}/v1`,
  fetch: noted,
  fileEncodingStrategy: args.fileEncodingStrategy,
});
const [subject, name] = scenario.split(".");
const scenarios = await import(`./scenarios/${subject}.mjs`);

let outcome;
try {
  outcome = { result: await scenarios[name](replicate, args) };
} catch (error) {
  outcome = {
    error: { name: error.name, message: error.message, status: error.response?.status },
  };
}
console.log(JSON.stringify({ ...outcome, requests }));

async function noted(url, init = {}) {
  const sent = { method: init.method ?? "GET", path: new URL(url).pathname };
  const response = await fetch(url, init);
  requests.push({
    ...sent,
    prefer: init.headers?.Prefer ?? null,
    status: response.status,
    applied: response.headers.get("Preference-Applied"),
  });
  return response;
}

async function read(stream) {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return text;
}
