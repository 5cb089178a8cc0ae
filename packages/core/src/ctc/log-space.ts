/** ln(eᵃ + eᵇ + eᶜ), safe from overflow. */
export function logAdd(a: number, b: number, c = -Infinity): number {
  const most = Math.max(a, b, c);
  if (most === -Infinity) return -Infinity;
  return most + Math.log(Math.exp(a - most) + Math.exp(b - most) + Math.exp(c - most));
}

/** ln(eᵃ + eᵇ), with one exponential. */
export function logAddTwo(a: number, b: number): number {
  const most = Math.max(a, b);
  const least = Math.min(a, b);
  return least === -Infinity ? most : most + Math.log1p(Math.exp(least - most));
}

/** ln yt(k) of the frames from `offset` on, [T, C]; null when a frame's normaliser is not finite. */
export function logSoftmax(
  logits: ArrayLike<number>,
  { offset, frames, classes }: { readonly offset: number; readonly frames: number; readonly classes: number },
): Float64Array | null {
  const logs = new Float64Array(frames * classes);
  for (let at = 0; at < logs.length; at += classes) {
    let most = -Infinity;
    for (let k = 0; k < classes; k++) most = Math.max(most, logits[offset + at + k] as number); // hands NaN on
    if (!Number.isFinite(most)) return null;
    let total = 0;
    for (let k = 0; k < classes; k++) total += Math.exp((logits[offset + at + k] as number) - most);
    const normaliser = most + Math.log(total);
    for (let k = 0; k < classes; k++) logs[at + k] = (logits[offset + at + k] as number) - normaliser;
  }
  return logs;
}
