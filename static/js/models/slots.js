// Browsers allow six connections to a host over HTTP/1.1, for all tabs together. Four of them may be
// held by event streams; whoever has no slot asks briefly, again and again.
const SLOTS = 4;

const [navigation] = performance.getEntriesByType("navigation");
const isLimited = navigator.locks && /^(http\/1\.|$)/.test(navigation?.nextHopProtocol ?? "");

// A function that gives the slot back, or null where all are taken.
export async function takeSlot() {
  if (!isLimited) return () => {};
  for (let slot = 0; slot < SLOTS; slot++) {
    const release = await lock(`stream-${slot}`);
    if (release) return release;
  }
  return null;
}

function lock(name) {
  return new Promise((resolve) => {
    // It is held until the promise that this returns is kept.
    const hold = (held) => (held ? new Promise((release) => resolve(release)) : resolve(null));
    navigator.locks.request(name, { ifAvailable: true }, hold).catch(() => resolve(null));
  });
}
