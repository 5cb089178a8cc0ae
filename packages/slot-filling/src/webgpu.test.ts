import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectNoLeaks, offerSoftwareGpu } from "@timestep/testing";
import { describe, expect, it } from "vitest";
import { inventedNames, tinySettings, trips } from "./fixtures/trips.js";
import type { SlotScores } from "./scores.js";
import type { TaggedText } from "./tagged.js";
import { SlotTagger } from "./tagger.js";

offerSoftwareGpu();
const missing = await startEngine({ engine: "webgpu" }).then(
  () => undefined,
  (error: unknown) => (error instanceof Error ? error.message : String(error)),
);
if (missing !== undefined) console.warn(`slot filling on webgpu is not tested: ${missing}`);

const random = seeded(6);
const names = inventedNames(random, 20);
const examples = trips(random, 8, names);
const dev = trips(random, 4, names);

interface Run {
  readonly losses: readonly (number | null)[];
  readonly scores: SlotScores;
  readonly tagged: readonly TaggedText[];
}

/** Trains two epochs of one batch, scores and tags: few numbers, because a device in software is slow. */
async function runOn(engine: string): Promise<Run> {
  await startEngine({ engine });
  const { tagger, outcome } = await SlotTagger.train(examples, tinySettings(), { dev });
  const scores = await tagger.evaluateAsync(dev);
  const tagged = await tagger.tagAllAsync(dev.map(({ tokens }) => tokens.join(" ")));
  await expectNoLeaks(() => tagger.tagAllAsync(["find a trip leave Kato"]));
  tagger.dispose();
  return { losses: outcome.history.map(({ loss }) => loss), scores, tagged };
}

describe.skipIf(missing !== undefined)("slot filling on webgpu", () => {
  it("trains, scores and tags as wasm does", { timeout: 120_000 }, async () => {
    const webgpu = await runOn("webgpu");
    const wasm = await runOn("wasm");
    expect(webgpu.losses).toHaveLength(2);
    webgpu.losses.forEach((loss, epoch) => {
      expect(loss).toBeCloseTo(wasm.losses[epoch] as number, 3);
    });
    expect(webgpu.losses[1]).toBeLessThan(webgpu.losses[0] as number);
    expect(webgpu.scores.metrics).toEqual(wasm.scores.metrics);
    expect(webgpu.tagged.map(({ slots }) => slots.map(({ type, text }) => [type, text]))).toEqual(
      wasm.tagged.map(({ slots }) => slots.map(({ type, text }) => [type, text])),
    );
  });

  it("tags without a CRF as wasm does", async () => {
    const said: (readonly number[])[] = [];
    for (const engine of ["webgpu", "wasm"]) {
      await startEngine({ engine });
      const tagger = SlotTagger.untrained(examples, tinySettings({ head: "softmax" }));
      const [tagged] = await tagger.tagAllAsync(["find a trip leave Kato"]);
      said.push(tagged?.tokens.map(({ confidence }) => confidence) ?? []);
      tagger.dispose();
    }
    const [webgpu = [], wasm = []] = said;
    expect(wasm).toHaveLength(5);
    webgpu.forEach((confidence, step) => {
      expect(confidence).toBeCloseTo(wasm[step] as number, 4);
    });
  });

  it("says that it must be waited for", async () => {
    await startEngine({ engine: "webgpu" });
    const tagger = SlotTagger.untrained(examples, tinySettings());
    expect(() => tagger.tag("leave Kato")).toThrow(/ENGINE_READS_LATER[^]*Async/);
    tagger.dispose();
  });
});
