import { describe, expect, it } from "vitest";
import {
  checkConstraints,
  checkPath,
  tagConstraints,
  type TransitionConstraints,
  unconstrained,
} from "./constraints.js";

/** Follows tag names through the constraints. */
function accepts(
  tags: readonly string[],
  constraints: TransitionConstraints,
  path: readonly string[],
): boolean {
  const indices = path.map((tag) => tags.indexOf(tag));
  return (
    constraints.allowedStart[indices[0] as number] === true &&
    constraints.allowedEnd[indices.at(-1) as number] === true &&
    indices.slice(1).every((to, t) => constraints.allowed[indices[t] as number]?.[to] === true)
  );
}

/** A second opinion: reads the tags left to right, holding the type of the open span. */
function isWellFormed(path: readonly string[], scheme: "BIO" | "BIOES"): boolean {
  let open = "";
  for (const tag of path) {
    const [prefix, type = ""] = tag.split("-");
    if (prefix === "I" || prefix === "E") {
      if (open !== type) return false;
      if (prefix === "E") open = "";
    } else {
      if (scheme === "BIOES" && open !== "") return false;
      open = prefix === "B" ? type : "";
    }
  }
  return scheme === "BIO" || open === "";
}

function everySequence(tags: readonly string[], length: number): string[][] {
  return length === 0
    ? [[]]
    : everySequence(tags, length - 1).flatMap((path) => tags.map((tag) => [...path, tag]));
}

describe("tagConstraints", () => {
  const lists = {
    BIO: ["O", "B-x", "I-x", "B-y", "I-y"],
    BIOES: ["O", "B-x", "I-x", "E-x", "S-x", "B-y", "I-y", "E-y", "S-y"],
  };
  it.each(["BIO", "BIOES"] as const)("accepts exactly the well-formed %s sequences", (scheme) => {
    const tags = lists[scheme];
    const constraints = tagConstraints(tags, scheme);
    const counts = { yes: 0, no: 0 };
    for (const length of [1, 2, 3, 4]) {
      for (const path of everySequence(tags, length)) {
        const wanted = isWellFormed(path, scheme);
        counts[wanted ? "yes" : "no"]++;
        expect(accepts(tags, constraints, path), path.join(" ")).toBe(wanted);
      }
    }
    expect(counts.yes).toBeGreaterThan(50);
    expect(counts.no).toBeGreaterThan(50);
  });

  it("keeps hyphens inside a type", () => {
    const { allowed } = tagConstraints(["B-to-city", "I-to-city", "I-to"], "BIO");
    expect(allowed[0]).toEqual([true, true, false]);
  });

  it.each([
    ["BIO", "E-x"],
    ["BIO", "X"],
    ["BIO", "B-"],
    ["BIO", "Bx"],
    ["BIOES", "O-x"],
    ["BIOES", "<pad>"],
  ] as const)("refuses under %s the tag %s", (scheme, tag) => {
    expect(() => tagConstraints(["O", tag], scheme)).toThrow(`CRF_TAG_NAME: "${tag}" is no ${scheme} tag`);
  });

  it("refuses a tag that stands twice", () => {
    expect(() => tagConstraints(["O", "B-x", "O"], "BIO")).toThrow(
      /CRF_TAG_NAME: tag "O" stands at 0 and at 2/,
    );
  });
});

describe("checkConstraints", () => {
  it("names the part of the wrong size", () => {
    const three = unconstrained(3);
    expect(() => checkConstraints(three, 3)).not.toThrow();
    expect(() => checkConstraints({ ...three, allowedEnd: [true] }, 3)).toThrow(
      /CRF_CONSTRAINTS: allowedEnd has 1/,
    );
    expect(() => checkConstraints({ ...three, allowed: [[], [], []] }, 3)).toThrow(
      /allowed\[0\] has 0 entries/,
    );
  });
});

describe("checkPath", () => {
  const bioes = tagConstraints(["O", "B-x", "I-x", "E-x", "S-x"], "BIOES");
  it("passes allowed paths, and looks at nothing beyond the length", () => {
    expect(() => checkPath(bioes, [0, 1, 2, 3, 4, 2, 2], 5, 0)).not.toThrow();
    expect(() => checkPath(bioes, [2], 0, 0)).not.toThrow();
  });
  it.each([
    [[2, 3], "row 7: the sequence starts with tag 2 at step 0"],
    [[0, 1, 0], "row 7: tag 1 at step 1 is followed by tag 0 at step 2"],
    [[0, 4, 1], "row 7: the sequence ends with tag 1 at step 2"],
  ])("refuses %j", (path, message) => {
    expect(() => checkPath(bioes, path, path.length, 7)).toThrow(`CRF_FORBIDDEN_TAGS: ${message}`);
  });
});
