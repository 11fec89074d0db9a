// replicate.predictions, run, stream, wait and paginate.

export function create(replicate, { options }) {
  return replicate.predictions.create(options);
}

export function get(replicate, { id }) {
  return replicate.predictions.get(id);
}

export function cancel(replicate, { id }) {
  return replicate.predictions.cancel(id);
}

export function list(replicate) {
  return replicate.predictions.list();
}

export async function wait(replicate, { id, interval }) {
  return replicate.wait(await replicate.predictions.get(id), { interval });
}

export async function run(replicate, { model, options }) {
  const progress = [];
  const output = await replicate.run(model, options, ({ id, status, output }) =>
    progress.push({ id, status, words: output?.length ?? 0 }),
  );
  return { output, progress };
}

export async function runAborted(replicate, { model, options, afterMilliseconds }) {
  const controller = new AbortController();
  let id;
  const progress = (prediction) => {
    id = prediction.id;
    setTimeout(() => controller.abort(), afterMilliseconds);
  };
  const { signal } = controller;
  const output = await replicate.run(model, { ...options, signal }, progress);
  return { id, output };
}

export async function stream(replicate, { model, options }) {
  const events = [];
  for await (const each of replicate.stream(model, options)) {
    const { event, id, data } = each;
    events.push({ event, id, data, text: String(each), at: performance.now() / 1000 });
  }
  return events;
}

export async function paginate(replicate) {
  const pages = [];
  for await (const page of replicate.paginate(replicate.predictions.list)) {
    pages.push(page.map(({ id }) => id));
  }
  return pages;
}
