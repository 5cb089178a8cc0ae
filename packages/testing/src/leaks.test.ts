import "@tensorflow/tfjs-backend-cpu";
import { scalar, type Tensor } from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import { expectNoLeaks } from "./leaks.js";

describe("expectNoLeaks", () => {
  const made: Tensor[] = [];
  const make = (): Tensor => {
    const one = scalar(1);
    made.push(one);
    return one;
  };
  afterEach(() => {
    for (const one of made.splice(0)) one.dispose();
  });

  it("passes when everything is given back", async () => {
    await expectNoLeaks(() => make().dispose());
  });
  it("fails when a tensor stays", async () => {
    await expect(expectNoLeaks(make)).rejects.toThrow("expected at most 0 tensors to stay, 1 did");
  });
  it("waits for promises", async () => {
    const late = async (): Promise<Tensor> => {
      await Promise.resolve();
      return make();
    };
    await expect(expectNoLeaks(late)).rejects.toThrow(/1 did/);
  });
  it("lets as many stay as are kept", async () => {
    await expectNoLeaks(() => [make(), make()], { keeps: 2 });
    await expect(expectNoLeaks(() => [make(), make()], { keeps: 1 })).rejects.toThrow(/at most 1 tensors/);
  });
});
