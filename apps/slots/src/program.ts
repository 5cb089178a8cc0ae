import { readFileSync } from "node:fs";
import { type TaskProgram } from "@timestep/cli-kit";
import { slotSettings, type SlotSettings } from "@timestep/slot-filling";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Slot filling and named entities on the command line. What a verb does is loaded when it is asked for. */
export const slotsProgram: TaskProgram<SlotSettings> = {
  name: "timestep-slots",
  task: "slots",
  summary: "Find slots, named entities and the intent in text",
  version: manifest.version,
  settings: slotSettings,
  recipes: new URL("./recipes/", import.meta.resolve("@timestep/slot-filling/package.json")),
  primaryMetric: "slotF1",
  train: async (request) => (await import("./train.js")).trainSlots(request),
  evaluate: async (request) => (await import("./evaluate.js")).evaluateSlots(request),
  async *predict(request) {
    yield* (await import("./predict.js")).predictSlots(request);
  },
  inspectData: async (request) => (await import("./inspect.js")).inspectSlotData(request),
  inspectRun: async (request) => (await import("./inspect.js")).inspectSlotRun(request),
  bench: async (request) => (await import("./bench.js")).benchSlots(request),
};
