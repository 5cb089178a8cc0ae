import { describe, expect, it } from "vitest";
import { ConfigError, DataError, EngineError, ShapeError, TimestepError, TrainingError } from "./errors.js";

describe("TimestepError", () => {
  it("prints code, what happened, and the hint on its own line", () => {
    const error = new ShapeError("RNN_INPUT_SIZE", "expects 64, got 50.", { hint: "Set inputSize: 50." });
    expect(error.message).toBe("RNN_INPUT_SIZE: expects 64, got 50.\n  Set inputSize: 50.");
    expect(error.code).toBe("RNN_INPUT_SIZE");
    expect(error.hint).toBe("Set inputSize: 50.");
  });

  it("prints one line without a hint", () => {
    const error = new DataError("EMPTY", "nothing here.");
    expect(error.message).toBe("EMPTY: nothing here.");
    expect(error.hint).toBeUndefined();
  });

  it("keeps the cause, and has none where none was given", () => {
    const cause = new Error("below");
    expect(new EngineError("X", "y", { cause }).cause).toBe(cause);
    expect("cause" in new EngineError("X", "y")).toBe(false);
  });

  it.each([ShapeError, DataError, ConfigError, EngineError, TrainingError])(
    "%o names itself and can be told apart",
    (Kind) => {
      const error = new Kind("X", "y");
      expect(error).toBeInstanceOf(TimestepError);
      expect(error).toBeInstanceOf(Error);
      expect(error.name).toBe(Kind.name);
      expect(String(error)).toBe(`${Kind.name}: X: y`);
      const others = [ShapeError, DataError, ConfigError, EngineError, TrainingError].filter(
        (other) => other !== Kind,
      );
      for (const other of others) expect(error).not.toBeInstanceOf(other);
    },
  );
});
