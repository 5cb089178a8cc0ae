/** Limits of what is recycled. */
export interface RecyclingLimits {
  /** Most that is kept for later while no tensor uses it; default 1 GiB. */
  readonly keptBytes?: number;
  /** Below this, an array of its own costs less; default 1 KiB. */
  readonly smallestBytes?: number;
}

/** One piece of memory, always used from the same place on. */
interface Block {
  readonly buffer: ArrayBuffer;
  /** Never 0: an array that begins at 0 is known at once not to be one of these. */
  readonly offset: number;
  /** How many floats fit, one of the size classes. */
  readonly capacity: number;
  /** What uses it; undefined in the free lists and until a tensor is made of it. */
  holder: object | undefined;
}

/** A cache line: no vector of a kernel then lies in two of them. */
const alignment = 64;

/** Size classes above the right one in which a free block is looked for: at most twice what was asked. */
const classesAbove = 4;

/**
 * Memory of results, used again when the tensor that held it is disposed. A training step asks for the same sizes again
 * and again; new pages for each of them cost as much as many a kernel, and the garbage collector knows little of them.
 *
 * Free blocks wait in lists by size, four sizes to a power of two. When more than `keptBytes` wait, those of the size
 * that was not used for longest go back to the garbage collector.
 *
 * Memory belongs to one holder. As soon as anything else may see it, it is given up (`giveUp`): its holder keeps it as
 * long as it likes, it is never used again, and the garbage collector takes it in the end. Blocks that are not in the free
 * lists are known only weakly, so what a failed kernel drops is not lost.
 */
export class RecycledMemory {
  private readonly blocks = new WeakMap<ArrayBufferLike, Block>();
  /** By capacity, the one used last at the end. */
  private readonly free = new Map<number, Block[]>();
  private readonly limits: Required<RecyclingLimits>;
  private waiting = 0;
  private allocated = 0;

  /** @param misalignment how many bytes past a cache line a buffer begins */
  constructor(
    private readonly misalignment: (buffer: ArrayBuffer) => number,
    { keptBytes = 2 ** 30, smallestBytes = 1024 }: RecyclingLimits = {},
  ) {
    this.limits = { keptBytes, smallestBytes };
  }

  /** Bytes in the free lists. */
  get keptBytes(): number {
    return this.waiting;
  }

  /** Bytes asked from the system since the beginning: stands still once a loop has all that it needs. */
  get allocatedBytes(): number {
    return this.allocated;
  }

  /** `count` floats, new or used. */
  take(count: number): Float32Array {
    if (count === 0 || count * 4 < this.limits.smallestBytes) return new Float32Array(count);
    const block = this.reuse(capacityFor(count)) ?? this.allocate(capacityFor(count));
    return new Float32Array(block.buffer, block.offset, count);
  }

  /** Makes `holder` the owner of memory that `take` gave; with a second one, the memory is given up. */
  hold(values: unknown, holder: object): void {
    const block = this.blockOf(values);
    if (block === undefined) return;
    if (block.holder === undefined) block.holder = holder;
    else this.blocks.delete(block.buffer);
  }

  /** Takes memory back from its holder; does nothing for any other memory. */
  release(values: unknown, holder: object): void {
    const block = this.blockOf(values);
    if (block === undefined || block.holder !== holder) return;
    block.holder = undefined;
    this.keep(block);
  }

  /** Leaves memory to its holder and whoever else has it. */
  giveUp(values: unknown): void {
    const block = this.blockOf(values);
    if (block !== undefined) this.blocks.delete(block.buffer);
  }

  /** Whether this memory may be used again, so that nobody outside may be given it. */
  owns(values: unknown): boolean {
    return this.blockOf(values) !== undefined;
  }

  /** Empties the free lists. */
  clear(): void {
    this.free.clear();
    this.waiting = 0;
  }

  private blockOf(values: unknown): Block | undefined {
    if (!ArrayBuffer.isView(values) || values.byteOffset === 0) return undefined;
    return this.blocks.get(values.buffer);
  }

  private allocate(capacity: number): Block {
    const buffer = new ArrayBuffer(capacity * 4 + alignment);
    const block = { buffer, offset: alignment - this.misalignment(buffer), capacity, holder: undefined };
    this.blocks.set(buffer, block);
    this.allocated += bytesOf(block);
    return block;
  }

  private reuse(capacity: number): Block | undefined {
    let fits = capacity;
    for (let above = 0; above <= classesAbove; above++) {
      const list = this.free.get(fits);
      const block = list?.pop();
      if (list !== undefined && block !== undefined) {
        this.waiting -= bytesOf(block);
        this.markUsed(fits, list);
        return block;
      }
      fits = capacityFor(fits + 1);
    }
    return undefined;
  }

  private keep(block: Block): void {
    const bytes = bytesOf(block);
    if (bytes > this.limits.keptBytes) return;
    const list = this.free.get(block.capacity) ?? [];
    this.markUsed(block.capacity, list);
    list.push(block);
    this.waiting += bytes;
    for (const [capacity, oldest] of this.free) {
      while (this.waiting > this.limits.keptBytes && oldest.length > 0)
        this.waiting -= bytesOf(oldest.shift() as Block);
      if (this.waiting <= this.limits.keptBytes) break;
      this.free.delete(capacity);
    }
  }

  private markUsed(capacity: number, list: Block[]): void {
    this.free.delete(capacity);
    this.free.set(capacity, list);
  }
}

function bytesOf({ capacity }: Block): number {
  return capacity * 4 + alignment;
}

/** The least of the size classes 16·{1, 2, 3, 4} and 2ᵏ·{5, 6, 7, 8} (k ≥ 4) that `count` floats fit in. */
export function capacityFor(count: number): number {
  const step = Math.max(16, 2 ** (29 - Math.clz32(count - 1)));
  return Math.ceil(count / step) * step;
}
