// The last module of the bundle: runs what the tests before it declared and sends what came out to the parent process.
import jasmineCore from "jasmine-core";
import type { Outcome } from "./outcomes.js";

const outcomes: Outcome[] = [];
const environment = jasmineCore.noGlobals().jasmine.getEnv();
environment.configure({ random: false });
environment.clearReporters();
environment.addReporter({
  specDone({ fullName, status, failedExpectations }) {
    outcomes.push({ name: fullName, status, said: failedExpectations.map(({ message }) => message) });
  },
});
void environment.execute().then(() => {
  process.send?.(outcomes, () => process.exit(0)); // a test may leave a timer behind
});
