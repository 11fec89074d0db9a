// replicate.deployments: one from its creation to its end.

export async function life(replicate, { config, change, input }) {
  const { deployments } = replicate;
  const created = await deployments.create(config);
  const { owner, name } = created;
  const got = await deployments.get(owner, name);
  const listed = await deployments.list();
  const updated = await deployments.update(owner, name, change);
  const prediction = await deployments.predictions.create(owner, name, { input, wait: true });
  const deleted = await deployments.delete(owner, name);
  const after = await deployments.list();
  return { created, got, listed, updated, prediction, deleted, after };
}
