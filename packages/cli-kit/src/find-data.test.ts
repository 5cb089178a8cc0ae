import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findData } from "./find-data.js";
import { workplace } from "./fixtures/workplace.js";

describe("findData", () => {
  it("takes a file or folder as written and records where it lies", async () => {
    const cwd = workplace({ "mine/a.txt": "", "one.txt": "" });
    const lookup = { cwd, dataFolder: undefined };
    const folder = { path: join(cwd, "mine"), recorded: join(cwd, "mine") };
    expect(await findData("mine", lookup)).toEqual(folder);
    expect(await findData("./mine/", lookup)).toMatchObject({ path: join(cwd, "mine") });
    expect(await findData("one.txt", lookup)).toMatchObject({ path: join(cwd, "one.txt") });
    expect(await findData(join(cwd, "one.txt"), { cwd: "/", dataFolder: undefined })).toMatchObject({
      path: join(cwd, "one.txt"),
    });
  });

  it("looks a name up in ./data, then in TIMESTEP_DATA, and records the name", async () => {
    const cwd = workplace({ "data/travel/a": "", "shared/travel/a": "", "shared/atis/a": "" });
    const lookup = { cwd, dataFolder: "shared" };
    expect(await findData("travel", lookup)).toEqual({ path: join(cwd, "data/travel"), recorded: "travel" });
    expect(await findData("atis", lookup)).toEqual({ path: join(cwd, "shared/atis"), recorded: "atis" });
  });

  it("does not take a run folder for the corpus of the same name", async () => {
    const cwd = workplace({ "atis/config.json": "{}", "atis/model.safetensors": "", "shared/atis/a": "" });
    expect((await findData("atis", { cwd, dataFolder: join(cwd, "shared") })).recorded).toBe("atis");
  });

  it("says where it looked and what is near", async () => {
    const cwd = workplace({ "data/travel/a": "", "shared/atis/a": "" });
    const found = findData("atsi", { cwd, dataFolder: join(cwd, "shared") });
    await expect(found).rejects.toThrow(
      `DATA_NOT_FOUND: no data "atsi". Did you mean "atis"?\n  Looked for ${join(cwd, "atsi")}, ` +
        `${join(cwd, "data/atsi")}, ${join(cwd, "shared/atsi")}. Give a file, a folder, or a name found there.`,
    );
  });

  it("does not look up paths as names", async () => {
    const cwd = workplace({ "secret/a": "", "shared/x/a": "" });
    const found = findData("../secret", { cwd: join(cwd, "work"), dataFolder: join(cwd, "shared", "x") });
    expect((await found).recorded).toBe(join(cwd, "secret"));
    await expect(findData("./x", { cwd, dataFolder: join(cwd, "shared") })).rejects.toThrow("DATA_NOT_FOUND");
  });
});
