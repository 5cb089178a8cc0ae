/** The whole state of a {@link Random}: four 32-bit words and the spare normal deviate, if one is waiting. */
export interface RandomState {
  readonly words: readonly [number, number, number, number];
  readonly spareNormal: number | null;
}

/**
 * A seeded source of random numbers, passed explicitly to everything that draws.
 *
 * xoshiro128** (Blackman & Vigna 2018, doi:10.1145/3460772) seeded by SplitMix32. The same seed gives the same
 * numbers on every machine. `fork` derives an independent stream from a label without consuming numbers, so adding
 * a draw in one place does not change the draws of another.
 *
 * @example
 * ```ts
 * const random = seeded(7);
 * random.integer(10);                    // the same digit in every run
 * const dropout = random.fork("dropout"); // its own stream
 * ```
 */
export class Random {
  private readonly words: Uint32Array;
  private spareNormal: number | null;

  constructor(state: RandomState) {
    this.words = Uint32Array.from(state.words);
    this.spareNormal = state.spareNormal;
  }

  /** A copy of the state; `new Random(random.state())` goes on exactly where `random` stands. */
  state(): RandomState {
    const [a = 0, b = 0, c = 0, d = 0] = this.words;
    return { words: [a, b, c, d], spareNormal: this.spareNormal };
  }

  /** Continues from a state taken earlier. */
  restore(state: RandomState): void {
    this.words.set(state.words);
    this.spareNormal = state.spareNormal;
  }

  /** An independent generator that depends only on this one's present state and the label. */
  fork(label: string | number): Random {
    let hash = 0x811c9dc5; // FNV-1a over the label, then mixed with the state
    for (const char of String(label)) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    for (const word of this.words) hash = mix32(hash ^ word);
    return seeded(hash);
  }

  /** 32 random bits as an unsigned integer. */
  bits(): number {
    const s = this.words as unknown as [number, number, number, number];
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform over 0 … bound-1, without modulo bias (rejection). */
  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 0x1_0000_0000) {
      throw new RangeError(`random.integer needs a whole bound from 1 to 2^32, got ${bound}`);
    }
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound);
    for (;;) {
      const draw = this.bits();
      if (draw < limit) return draw % bound;
    }
  }

  /** Standard normal deviate (polar method of Marsaglia). */
  normal(): number {
    if (this.spareNormal !== null) {
      const spare = this.spareNormal;
      this.spareNormal = null;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square === 0 || square >= 1) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.spareNormal = y * scale;
      return x * scale;
    }
  }

  /** One of the items; throws a RangeError on an empty list. */
  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)] as T;
  }

  /** A shuffled copy (Fisher–Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
    }
    return copy;
  }
}

/** A generator started from a whole-number seed. Seeds that differ in one bit give unrelated streams. */
export function seeded(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a whole number, got ${seed}`);
  let state = mix32((seed >>> 0) ^ mix32(Math.floor(seed / 0x1_0000_0000) >>> 0));
  const next = (): number => mix32((state = (state + 0x9e3779b9) >>> 0));
  return new Random({ words: [next(), next(), next(), next()], spareNormal: null });
}

function rotateLeft(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/** The finaliser of MurmurHash3: every input bit flips about half of the output bits. */
function mix32(value: number): number {
  let z = value >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
