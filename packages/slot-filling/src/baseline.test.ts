import { fromBrackets } from "@timestep/data";
import { expect, it } from "vitest";
import { baselineFrame, majorityBaseline } from "./baseline.js";

const examples = [
  { ...fromBrackets("fly to [to Bonn]"), intent: "find" },
  { ...fromBrackets("fly from [from Bonn] to [to Ulm]"), intent: "book" },
  { ...fromBrackets("to [to Bonn]"), intent: "book" },
];

it("gives each word its most frequent tag and every sentence the most frequent intent", () => {
  const baseline = majorityBaseline(examples);
  expect(baseline).toEqual({ tags: { Bonn: "B-to", Ulm: "B-to" }, intent: "book" });
  expect(baselineFrame(["from", "Bonn", "via", "Rome"], baseline)).toEqual({
    tags: ["O", "B-to", "O", "O"],
    intent: "book",
  });
});

it("has no intent where the data has none", () => {
  const baseline = majorityBaseline([fromBrackets("to [to Bonn]")]);
  expect(baseline.intent).toBeNull();
  expect(baselineFrame(["Bonn"], baseline)).toEqual({ tags: ["B-to"], intent: undefined });
});

it("gives ties to what came first", () => {
  expect(majorityBaseline([fromBrackets("[a Ulm]"), fromBrackets("[b Ulm]")]).tags).toEqual({ Ulm: "B-a" });
});

it("takes words that are names of object methods as words, also through JSON", () => {
  const tokens = ["toString", "__proto__", "constructor"];
  const odd = { tokens, tags: ["B-a", "B-b", "O"], origin: { file: "odd", line: 1 } };
  const baseline = majorityBaseline([odd]);
  const back = JSON.parse(JSON.stringify(baseline)) as typeof baseline;
  for (const known of [baseline, back]) {
    expect(baselineFrame(tokens, known).tags).toEqual(["B-a", "B-b", "O"]);
    expect(baselineFrame(["hasOwnProperty", "valueOf"], known).tags).toEqual(["O", "O"]);
  }
});
