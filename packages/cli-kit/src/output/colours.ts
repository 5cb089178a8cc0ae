import picocolors from "picocolors";
import { type OutputStream, type ProgramIo } from "../io.js";

/** The few styles in use. */
export interface Colours {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

/** Styles for a stream: none where {@link mayColour} says so. */
export function coloursFor(stream: OutputStream, env: ProgramIo["env"]): Colours {
  return picocolors.createColors(mayColour(stream, env));
}

/** Whether a stream takes colours: not unless it is a terminal, and not when NO_COLOR is set (no-color.org). */
export function mayColour(stream: OutputStream, env: ProgramIo["env"]): boolean {
  const noColour = env["NO_COLOR"];
  return stream.isTTY === true && (noColour === undefined || noColour === "") && env["TERM"] !== "dumb";
}
