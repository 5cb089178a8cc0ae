import { Workplace } from "@timestep/testing/program";
import { afterAll, describe, expect, it } from "vitest";
import { expandGlob } from "./expand-glob.js";

const place = new Workplace({
  "a/1.jpg": "",
  "a/12.jpg": "",
  "a/2.png": "",
  "a/b/3.jpg": "",
  "a/b/c/4.jpg": "",
  "a/x(1).jpg": "",
});
afterAll(() => {
  place.remove();
});

describe("expandGlob", () => {
  it.each<[string, string[]]>([
    ["a/1.jpg", ["a/1.jpg"]],
    ["not/there.jpg", ["not/there.jpg"]],
    ["a/*.jpg", ["a/1.jpg", "a/12.jpg", "a/x(1).jpg"]],
    ["a/?.*", ["a/1.jpg", "a/2.png"]],
    ["a/x(?).jpg", ["a/x(1).jpg"]],
    ["a/**/*.jpg", ["a/1.jpg", "a/12.jpg", "a/b/3.jpg", "a/b/c/4.jpg", "a/x(1).jpg"]],
    ["a/*/3.jpg", ["a/b/3.jpg"]],
    ["*/b/**/?.jpg", ["a/b/3.jpg", "a/b/c/4.jpg"]],
  ])("%s", async (pattern, expected) => {
    expect(await expandGlob(pattern, place.path)).toEqual(expected);
  });

  it("takes ** at the end for everything below", async () => {
    expect(await expandGlob("a/b/**", place.path)).toEqual(["a/b/3.jpg", "a/b/c", "a/b/c/4.jpg"]);
  });

  it("says which pattern fits nothing", async () => {
    await expect(expandGlob("a/*.gif", place.path)).rejects.toThrow("INPUT_NOT_FOUND: a/*.gif");
    await expect(expandGlob("none/*.gif", place.path)).rejects.toThrow("INPUT_NOT_FOUND");
  });
});
