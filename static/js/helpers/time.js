// Seconds for people: "0.04", "3.2".
export function seconds(milliseconds) {
  return (milliseconds / 1000).toFixed(milliseconds < 995 ? 2 : 1);
}

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// 1, 2, 4, then 8 seconds, each a quarter more or less, so that not everybody returns at once.
export function backoff(attempt) {
  return 1000 * 2 ** Math.min(attempt, 3) * (0.75 + Math.random() / 2);
}
