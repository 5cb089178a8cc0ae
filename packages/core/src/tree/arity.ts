import { ConfigError } from "@timestep/base";

/** @throws {ConfigError} TREE_ARITY when a cell cannot merge this many children. */
export function checkArity(arity: number): void {
  if (Number.isInteger(arity) && arity >= 1) return;
  throw new ConfigError("TREE_ARITY", `a cell cannot merge ${arity} children.`, {
    hint: "Give arity a whole number from 1; 2 for binary trees.",
  });
}
