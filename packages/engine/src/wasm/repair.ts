import { repairBatchMatMul } from "./batch-mat-mul.js";
import { registerConv2DBackpropFilter } from "./conv2d-backprop-filter.js";
import { repairSlices } from "./slice.js";
import { registerUnsortedSegmentSum } from "./unsorted-segment-sum.js";

let repaired = false;

/** Registers what the stock WebAssembly backend lacks for training, once per process. */
export function repairWasm(): void {
  if (repaired) return;
  repairSlices();
  repairBatchMatMul();
  registerUnsortedSegmentSum();
  registerConv2DBackpropFilter();
  repaired = true;
}
