/**
 * A check did not hold. Thrown instead of calling a test runner, so that the checks also run outside of one (the golden
 * tool does that); runners report any error that is thrown.
 */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}
