// What there is: replicate.models, collections, hardware and accounts.

export function model(replicate, { owner, name }) {
  return replicate.models.get(owner, name);
}

export function models(replicate) {
  return replicate.models.list();
}

export function search(replicate, { query }) {
  return replicate.models.search(query);
}

export function versions(replicate, { owner, name }) {
  return replicate.models.versions.list(owner, name);
}

export function version(replicate, { owner, name, id }) {
  return replicate.models.versions.get(owner, name, id);
}

export function collections(replicate) {
  return replicate.collections.list();
}

export function collection(replicate, { slug }) {
  return replicate.collections.get(slug);
}

export function hardware(replicate) {
  return replicate.hardware.list();
}

export function account(replicate) {
  return replicate.accounts.current();
}
