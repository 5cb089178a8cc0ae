import { packageTests } from "../../vitest.shared.mjs";

// The tests wait for programs that they start, and for one another's turn on the machine.
export default packageTests(import.meta.url, { testTimeout: 60_000 });
