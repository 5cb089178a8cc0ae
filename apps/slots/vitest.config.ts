import { packageTests } from "../../vitest.shared.mjs";

// The tests wait for programs they start; two files at once keep two cores busy.
export default packageTests(import.meta.url, { testTimeout: 60_000, maxWorkers: 2 });
