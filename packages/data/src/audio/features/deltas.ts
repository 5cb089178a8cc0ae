/**
 * Differences over time as a stream: the slope of a least-squares line through the frames around each one.
 *
 *   d_t = Σ_k k·(x_{t+k} - x_{t-k}) / (2·Σ_k k²),   k = 1 … width; the first and last frame stand for those beyond
 *
 * A frame's difference is known `width` frames later, or at the end.
 *
 * @see Young et al., "The HTK Book", section 5.9.
 */
export class DeltaStream {
  private readonly frames: Float32Array[] = [];
  /** Index of `frames[0]` and of the next frame whose difference is due. */
  private first = 0;
  private next = 0;
  private readonly norm: number;

  constructor(private readonly width: number) {
    let squares = 0;
    for (let k = 1; k <= width; k++) squares += k * k;
    this.norm = 2 * squares;
  }

  /** Takes the next frame and gives the difference that it completes, if any. */
  push(frame: Float32Array): Float32Array | undefined {
    this.frames.push(frame);
    const last = this.first + this.frames.length - 1;
    return last - this.next >= this.width ? this.take(last) : undefined;
  }

  /** The differences of the frames that were still waiting. */
  finish(): Float32Array[] {
    const last = this.first + this.frames.length - 1;
    const rest: Float32Array[] = [];
    while (this.next <= last) rest.push(this.take(last));
    return rest;
  }

  private take(last: number): Float32Array {
    const at = (index: number): Float32Array =>
      this.frames[Math.min(last, Math.max(0, index)) - this.first] as Float32Array;
    const centre = this.next++;
    const delta = new Float32Array(at(centre).length);
    for (let i = 0; i < delta.length; i++) {
      let sum = 0;
      for (let k = 1; k <= this.width; k++) {
        sum += k * ((at(centre + k)[i] as number) - (at(centre - k)[i] as number));
      }
      delta[i] = sum / this.norm;
    }
    while (this.first < this.next - this.width) {
      this.frames.shift();
      this.first++;
    }
    return delta;
  }
}
