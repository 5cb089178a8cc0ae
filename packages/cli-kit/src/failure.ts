import { ConfigError, DataError, ShapeError, TimestepError } from "@timestep/base";
import { CommanderError } from "commander";

/** What a program ends with. */
export const exitCodes = {
  done: 0,
  /** Failed while running. */
  failed: 1,
  /** Bad usage or bad input. */
  usage: 2,
  /** Ended by Ctrl-C; the best weights so far are kept. */
  interrupted: 130,
} as const;

/** The exit code that an error stands for. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const badInput = error instanceof ConfigError || error instanceof DataError || error instanceof ShapeError;
  return badInput ? exitCodes.usage : exitCodes.failed;
}

/**
 * An error as people read it on stderr: `error CODE: what happened`, the hint below. The stack follows only with
 * TIMESTEP_DEBUG=1.
 */
export function describeError(error: unknown, debug: boolean): string {
  if (error instanceof CommanderError) return ""; // commander has printed it already
  if (debug && error instanceof Error) return `error ${stackWithCauses(error)}\n`;
  if (error instanceof TimestepError) return `error ${error.message}\n`;
  const message = error instanceof Error ? error.message : String(error);
  return `error: ${message}\n  Set TIMESTEP_DEBUG=1 to see where it happened.\n`;
}

function stackWithCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${stackWithCauses(error.cause)}` : own;
}

/** A bad combination of flags or arguments, which the grammar alone does not see. */
export function usageError(message: string, hint: string): ConfigError {
  return new ConfigError("USAGE", message, { hint });
}
