/** What came out of one test. */
export interface Outcome {
  readonly name: string;
  readonly status: "passed" | "failed" | "pending" | "excluded";
  /** The messages of the expectations that failed. */
  readonly said: readonly string[];
}

/** How many of the tests passed, failed, or did not run. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function count(outcomes: readonly Outcome[]): Counts {
  const passed = outcomes.filter(({ status }) => status === "passed").length;
  const failed = outcomes.filter(({ status }) => status === "failed").length;
  return { passed, failed, skipped: outcomes.length - passed - failed };
}

/** The tests that pass in `reference` and do not in `other`: they fail there, are skipped, or are not there at all. */
export function regressions(reference: readonly Outcome[], other: readonly Outcome[]): Outcome[] {
  const found = byTitle(other);
  return [...byTitle(reference)]
    .filter(([title, { status }]) => status === "passed" && found.get(title)?.status !== "passed")
    .map(([title]) => found.get(title) ?? { name: title, status: "excluded", said: ["it did not run"] });
}

/** Some tests share a title: the second of them is "title (2)". */
function byTitle(outcomes: readonly Outcome[]): Map<string, Outcome> {
  const titled = new Map<string, Outcome>();
  const seen = new Map<string, number>();
  for (const outcome of outcomes) {
    const times = (seen.get(outcome.name) ?? 0) + 1;
    seen.set(outcome.name, times);
    titled.set(times === 1 ? outcome.name : `${outcome.name} (${times})`, outcome);
  }
  return titled;
}
