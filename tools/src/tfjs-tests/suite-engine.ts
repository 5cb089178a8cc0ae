// The second module of the bundle: which engine TF.js's tests run on.
import { registerBackend, removeBackend } from "@tensorflow/tfjs-core";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { NativeBackend, RecycledMemory, registerNative } from "@timestep/native"; // and with it TF.js's cpu backend

/** Recycles tensors of any size, and makes every number that is read too early or too late a NaN. */
class SpoiledMemory extends RecycledMemory {
  constructor() {
    super(() => 0, { smallestBytes: 1 });
  }

  override take(count: number): Float32Array {
    return super.take(count).fill(NaN);
  }

  override release(values: unknown, holder: object): void {
    if (values instanceof Float32Array && this.owns(values)) values.fill(NaN);
    super.release(values, holder);
  }
}

const backendName = process.env["TFJS_TESTS_ENGINE"] ?? "cpu";
if (backendName === "native") {
  registerNative({ threads: 2 });
  removeBackend("native");
  registerBackend("native", () => new NativeBackend(new SpoiledMemory()));
}
// The name is part of every test's title: the same one for all engines, so that their tests can be told apart by title.
setTestEnvs([{ name: "cpu", backendName, isDataSync: true }]);
