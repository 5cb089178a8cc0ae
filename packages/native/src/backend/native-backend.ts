import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { type backend_util, type DataMover, DataStorage, type DataType, engine } from "@tensorflow/tfjs-core";
import { HeldOperands } from "./held-operands.js";
import type { RecycledMemory } from "./recycled-memory.js";

/** What the backend keeps of a tensor. */
type Stored = ReturnType<MathBackendCPU["data"]["get"]>;
type DataId = Parameters<MathBackendCPU["data"]["get"]>[0];

/** The backend's tensors. Whoever gets one from outside may keep its memory, so that is not recycled any more. */
class TensorStorage extends DataStorage<Stored> {
  /** Above 0 while a kernel of the cpu backend runs: it passes memory on only by making a tensor of it. */
  lent = 0;

  constructor(
    backend: MathBackendCPU,
    mover: DataMover,
    private readonly memory: RecycledMemory,
  ) {
    super(backend, mover);
  }

  override get(dataId: DataId): Stored {
    const stored = super.get(dataId);
    if (this.lent === 0) this.memory.giveUp(stored.values);
    return stored;
  }

  /** The same for those who keep nothing. */
  peek(dataId: DataId): Stored {
    return super.get(dataId);
  }
}

/**
 * TF.js's cpu backend with our kernels in the places that cost time. Tensors stay JavaScript typed arrays, so every
 * kernel of the cpu backend works on them as it is.
 *
 * Results of our kernels lie in recycled memory (`fresh`), which is used again once nothing refers to the tensor. So
 * that nobody sees it change, what is read from a tensor is a copy, memory that a second tensor is made of is not used
 * again, and neither is what came in with `tensor()` or was taken from `data`.
 */
export class NativeBackend extends MathBackendCPU {
  override data: TensorStorage;
  /** Packed copies of tensors that stay as they are. */
  readonly operands: HeldOperands;

  constructor(readonly recycled: RecycledMemory) {
    super();
    this.data = new TensorStorage(this, engine(), recycled);
    this.operands = new HeldOperands(recycled);
    // The parent advises, on the first tensor, to install another backend "to speed things up".
    (this as unknown as { firstUse: boolean }).firstUse = false;
  }

  /** The values of a tensor, for kernels that keep nothing of them. */
  peek(dataId: DataId): Stored["values"] {
    return this.data.peek(dataId).values;
  }

  /** Runs a kernel of the cpu backend. Whatever memory it passes on, it makes a tensor of (`write`). */
  lend<Result>(kernel: () => Result): Result {
    this.data.lent++;
    try {
      return kernel();
    } finally {
      this.data.lent--;
    }
  }

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = super.write(values, shape, dtype);
    this.recycled.hold(values, dataId);
    return dataId;
  }

  override readSync(dataId: DataId): backend_util.BackendValues {
    const values = this.lend(() => super.readSync(dataId));
    return this.data.lent === 0 && values instanceof Float32Array && this.recycled.owns(values)
      ? values.slice()
      : values;
  }

  override refCount(dataId: DataId): number {
    return this.data.has(dataId) ? this.data.peek(dataId).refCount : 0;
  }

  override incRef(dataId: DataId): void {
    this.data.peek(dataId).refCount++;
  }

  override decRef(dataId: DataId): void {
    if (this.data.has(dataId)) this.data.peek(dataId).refCount--;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const { values } = this.data.peek(dataId);
    const gone = this.lend(() => super.disposeData(dataId, force));
    if (gone) {
      this.operands.forget(dataId);
      this.recycled.release(values, dataId);
    }
    return gone;
  }

  /** `tf.memory()` gives this as well: `heldOperandBytes` are packed copies beside the tensors. */
  override memory(): ReturnType<MathBackendCPU["memory"]> & { heldOperandBytes: number } {
    return { ...super.memory(), heldOperandBytes: this.operands.bytes };
  }

  override dispose(): void {
    this.operands.clear();
    this.recycled.clear();
  }
}
