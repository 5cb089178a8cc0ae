import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { beforeAll, describe, expect, it } from "vitest";
import { publicPackages, requireBuilt } from "../workspace.js";

const packages = publicPackages();

describe("publint", () => {
  beforeAll(() => {
    requireBuilt(packages);
  });

  it.each(packages.map(({ folder, manifest }) => ({ folder, manifest, name: manifest.name })))(
    "finds nothing to say about $name",
    async ({ folder, manifest }) => {
      const { messages } = await publint({ pkgDir: folder, strict: true, pack: "npm" });
      expect(messages.map((message) => formatMessage(message, manifest as never))).toEqual([]);
    },
    120_000,
  );
});
