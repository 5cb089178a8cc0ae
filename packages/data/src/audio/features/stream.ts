import { DeltaStream } from "./deltas.js";
import { type FrameFeatures } from "./frame.js";
import { type FrameNormaliser } from "./normalise.js";
import { type FeatureSettings, frameSizes } from "./settings.js";

/**
 * Features of sound that arrives piece by piece. However it is cut, the same frames come out, to the bit: one vector for
 * every whole window, as soon as its last sample is there (with differences, some frames later).
 */
export class FeatureStream {
  private readonly window: number;
  private readonly hop: number;
  /** Samples after pre-emphasis, from the next window's first one on. */
  private pending = new Float64Array(0);
  private filled = 0;
  private previous: number | undefined;
  private emitted = false;
  private finished = false;
  private readonly joiner: FrameJoiner;

  constructor(
    private readonly settings: FeatureSettings,
    private readonly frames: FrameFeatures,
    private readonly normaliser: FrameNormaliser | undefined,
  ) {
    const { window, hop } = frameSizes(settings);
    this.window = window;
    this.hop = hop;
    this.joiner = new FrameJoiner(settings.deltas, settings.deltaWidth);
  }

  /** Takes samples at the settings' rate and gives the frames that they complete, [F] each. */
  push(samples: Float32Array): Float32Array[] {
    if (this.finished)
      throw new Error("FeatureStream.push after finish: start a new stream for the next clip");
    this.append(samples);
    const ready: Float32Array[] = [];
    const pending = this.pending.subarray(0, this.filled);
    let start = 0;
    for (; start + this.window <= this.filled; start += this.hop) {
      this.emitted = true;
      ready.push(...this.joiner.push(this.frames.run(pending, start)));
    }
    this.pending.copyWithin(0, start, this.filled);
    this.filled -= start;
    return this.normalised(ready);
  }

  /**
   * Ends the clip and gives the frames that waited for what comes after them. Samples that fill no window are dropped; a
   * clip shorter than one window has one frame, with zeros after its end.
   */
  finish(): Float32Array[] {
    if (this.finished) return [];
    this.finished = true;
    const ready: Float32Array[] = [];
    if (!this.emitted && this.filled > 0) {
      ready.push(...this.joiner.push(this.frames.run(this.pending.subarray(0, this.filled), 0)));
    }
    ready.push(...this.joiner.finish());
    return this.normalised(ready);
  }

  private append(samples: Float32Array): void {
    const needed = this.filled + samples.length;
    if (needed > this.pending.length) {
      const larger = new Float64Array(Math.max(needed, 2 * this.pending.length));
      larger.set(this.pending.subarray(0, this.filled));
      this.pending = larger;
    }
    const { preEmphasis } = this.settings;
    // The first sample follows one like it.
    let previous = this.previous ?? samples[0] ?? 0;
    for (const sample of samples) {
      this.pending[this.filled++] = sample - preEmphasis * previous;
      previous = sample;
    }
    if (samples.length > 0) this.previous = previous;
  }

  private normalised(rows: Float32Array[]): Float32Array[] {
    if (this.normaliser !== undefined) for (const row of rows) this.normaliser.run(row);
    return rows;
  }
}

/** Puts each frame together with its differences once they are known. */
class FrameJoiner {
  private readonly first: DeltaStream | undefined;
  private readonly second: DeltaStream | undefined;
  /** Frames and first differences that wait for the last part of their vector. */
  private readonly frames: Float32Array[] = [];
  private readonly differences: Float32Array[] = [];

  constructor(deltas: 0 | 1 | 2, width: number) {
    this.first = deltas > 0 ? new DeltaStream(width) : undefined;
    this.second = deltas > 1 ? new DeltaStream(width) : undefined;
  }

  push(frame: Float32Array): Float32Array[] {
    if (this.first === undefined) return [frame];
    this.frames.push(frame);
    const difference = this.first.push(frame);
    return difference === undefined ? [] : this.take(difference);
  }

  finish(): Float32Array[] {
    const rows = (this.first?.finish() ?? []).flatMap((difference) => this.take(difference));
    for (const last of this.second?.finish() ?? []) rows.push(this.joined(this.differences.shift(), last));
    return rows;
  }

  private take(difference: Float32Array): Float32Array[] {
    if (this.second === undefined) return [this.joined(difference)];
    this.differences.push(difference);
    const last = this.second.push(difference);
    return last === undefined ? [] : [this.joined(this.differences.shift(), last)];
  }

  private joined(...after: readonly (Float32Array | undefined)[]): Float32Array {
    const parts = [this.frames.shift(), ...after].filter((part) => part !== undefined);
    const size = parts[0]?.length ?? 0;
    const row = new Float32Array(size * parts.length);
    for (const [i, part] of parts.entries()) row.set(part, i * size);
    return row;
  }
}
