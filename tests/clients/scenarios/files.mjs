// replicate.files, and files as inputs.

export async function life(replicate, { text, metadata }) {
  const { files } = replicate;
  const content = new Blob([text], { type: "text/plain" });
  const created = await files.create(content, metadata);
  const got = await files.get(created.id);
  const listed = await files.list();
  const deleted = await files.delete(created.id);
  const after = await files.list();
  return { created, got, listed, deleted, after };
}

export function asInput(replicate, { version, kind, text }) {
  const prompt = kind === "Buffer" ? Buffer.from(text) : new Blob([text], { type: "text/plain" });
  return replicate.predictions.create({ version, input: { prompt, max_new_tokens: 1 } });
}
