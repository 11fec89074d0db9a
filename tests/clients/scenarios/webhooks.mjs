// replicate.webhooks, and the client's own check of a webhook that was received.

import { validateWebhook } from "replicate";

export function secret(replicate) {
  return replicate.webhooks.default.secret.get();
}

export async function verify(replicate, { headers, body }) {
  const { key } = await replicate.webhooks.default.secret.get();
  return {
    valid: await validateWebhook({ headers, body }, key),
    forged: await validateWebhook({ headers, body: body.replace("{", "{ ") }, key),
  };
}
