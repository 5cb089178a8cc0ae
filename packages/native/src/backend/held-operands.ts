import type { RecycledMemory } from "./recycled-memory.js";

/** What lays matrices out as products read them. */
export interface Packing {
  packedSize(k: number, n: number): number;
  pack(b: Float32Array, k: number, n: number, transposed: boolean, packed: Float32Array): void;
}

/** How an operand is read: [k, n], or stored [n, k]. */
export interface MatrixForm {
  readonly k: number;
  readonly n: number;
  readonly transposed: boolean;
}

/** A tensor that was promised to stay as it is. */
interface Held {
  /** How often it is held. */
  times: number;
  /** By form; each lies in recycled memory of its own. */
  readonly packed: Map<string, Float32Array>;
}

/**
 * Matrices packed once for many products: those of tensors that someone holds, which promises that their numbers stay as
 * they are. Packing a network's weights again for each picture, or a decoder's for each word, costs as much as some of
 * the products themselves.
 *
 * A packed copy is made when a product first asks for it and goes with the last hold or with the tensor. Together they
 * take at most `mostBytes`; past that, products pack for themselves.
 */
export class HeldOperands {
  private readonly held = new Map<object, Held>();
  private taken = 0;

  constructor(
    private readonly memory: RecycledMemory,
    private readonly mostBytes = 2 ** 28,
  ) {}

  /** Bytes of all packed copies. */
  get bytes(): number {
    return this.taken;
  }

  /** Takes the promise for a tensor's data. */
  hold(dataId: object): void {
    const known = this.held.get(dataId);
    if (known === undefined) this.held.set(dataId, { times: 1, packed: new Map() });
    else known.times++;
  }

  /** Ends one hold; does nothing for what is not held. */
  release(dataId: object): void {
    const known = this.held.get(dataId);
    if (known === undefined) return;
    known.times--;
    if (known.times === 0) this.forget(dataId);
  }

  /** Drops all that is known of a tensor's data, because it goes. */
  forget(dataId: object): void {
    const known = this.held.get(dataId);
    if (known === undefined) return;
    this.held.delete(dataId);
    for (const values of known.packed.values()) {
      this.taken -= values.byteLength;
      this.memory.release(values, known);
    }
  }

  /** The packed copy of a held tensor's values; undefined when it is not held or there is no room. */
  packed(
    packing: Packing,
    dataId: object,
    form: MatrixForm,
    valuesOf: () => Float32Array,
  ): Float32Array | undefined {
    const known = this.held.get(dataId);
    if (known === undefined) return undefined;
    const { k, n, transposed } = form;
    const key = `${k},${n},${transposed}`;
    const made = known.packed.get(key);
    if (made !== undefined) return made;
    const count = packing.packedSize(k, n);
    if (this.taken + count * 4 > this.mostBytes) return undefined;
    const values = this.memory.take(count);
    packing.pack(valuesOf(), k, n, transposed, values);
    this.memory.hold(values, known);
    known.packed.set(key, values);
    this.taken += values.byteLength;
    return values;
  }

  /** Drops every copy and every hold. */
  clear(): void {
    for (const dataId of [...this.held.keys()]) this.forget(dataId);
  }
}
