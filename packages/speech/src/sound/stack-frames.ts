import { ConfigError } from "@timestep/base";
import type { AudioFeatures } from "@timestep/data";

/** How frames become steps of a network: step t reads frames t·stride to t·stride + width - 1. */
export interface StackSettings {
  readonly width: number;
  readonly stride: number;
}

/**
 * Puts frames side by side as they arrive. However they are cut into pushes, the same steps come out, those of
 * {@link stackFrames}.
 */
export class FrameStacker {
  /** Frames from the next step's first one on. */
  private waiting: Float32Array[] = [];
  private given = 0;
  /** Frames of `waiting` that a step has read already. */
  private covered = 0;

  /** @throws {ConfigError} SPEECH_STRIDE when steps would leave frames out. */
  constructor(
    private readonly settings: StackSettings,
    private readonly size: number,
  ) {
    checkStack(settings);
  }

  /** Takes frames [F] and gives the steps [width · F] that they complete. */
  push(frames: readonly Float32Array[]): Float32Array[] {
    const { width, stride } = this.settings;
    this.waiting.push(...frames);
    const steps: Float32Array[] = [];
    let start = 0;
    for (; start + width <= this.waiting.length; start += stride) {
      steps.push(this.joined(this.waiting.slice(start, start + width)));
      this.covered = width - stride;
    }
    this.waiting.splice(0, start);
    this.given += steps.length;
    return steps;
  }

  /** The last step, with zeros after the end, where a frame has not been read yet. */
  finish(): Float32Array[] {
    const left = this.waiting;
    const unread = this.given === 0 ? left.length > 0 : left.length > this.covered;
    this.waiting = [];
    return unread ? [this.joined(left)] : [];
  }

  private joined(frames: readonly Float32Array[]): Float32Array {
    const step = new Float32Array(this.settings.width * this.size);
    frames.forEach((frame, index) => {
      step.set(frame, index * this.size);
    });
    return step;
  }
}

/** How many steps so many frames make: enough that each frame is read. */
export function stepsOf(frames: number, { width, stride }: StackSettings): number {
  return frames === 0 ? 0 : 1 + Math.ceil(Math.max(0, frames - width) / stride);
}

/**
 * Frames side by side: [T, F] -> [1 + ⌈(T - width) / stride⌉, width · F], zeros after the end.
 *
 * @throws {ConfigError} SPEECH_STRIDE when steps would leave frames out.
 */
export function stackFrames({ values, frames, size }: AudioFeatures, settings: StackSettings): AudioFeatures {
  checkStack(settings);
  const { width, stride } = settings;
  const steps = stepsOf(frames, settings);
  const wide = width * size;
  const stacked = new Float32Array(steps * wide);
  for (let t = 0; t < steps; t++) {
    const from = t * stride * size;
    stacked.set(values.subarray(from, Math.min(from + wide, frames * size)), t * wide);
  }
  return { values: stacked, frames: steps, size: wide };
}

function checkStack({ width, stride }: StackSettings): void {
  if (stride <= width) return;
  throw new ConfigError(
    "SPEECH_STRIDE",
    `model.subsampling: a step reads ${width} frames and the next one starts ${stride} later, so frames are left out.`,
    { hint: "Make the stride no greater than the width." },
  );
}
