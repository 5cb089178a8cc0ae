import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { coloursFor, mayColour } from "./colours.js";

const stream = (isTTY: boolean): PassThrough & { isTTY: boolean } =>
  Object.assign(new PassThrough(), { isTTY });

it("colours terminals alone, and none where NO_COLOR or a dumb terminal asks for that", () => {
  expect(mayColour(stream(true), {})).toBe(true);
  expect(mayColour(stream(true), { NO_COLOR: "" })).toBe(true);
  expect(mayColour(stream(false), {})).toBe(false);
  expect(mayColour(stream(true), { NO_COLOR: "1" })).toBe(false);
  expect(mayColour(stream(true), { TERM: "dumb" })).toBe(false);
  expect(coloursFor(stream(true), {}).bold("x")).not.toBe("x");
  expect(coloursFor(stream(false), {}).bold("x")).toBe("x");
});
