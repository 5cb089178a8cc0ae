import picocolors from "picocolors";
import { type OutputStream, type ProgramIo } from "../io.js";

/** The few styles in use. */
export interface Colours {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

/** Styles for a stream: none unless it is a terminal, and none when NO_COLOR is set (no-color.org). */
export function coloursFor(stream: OutputStream, env: ProgramIo["env"]): Colours {
  const noColour = env["NO_COLOR"];
  const wanted =
    stream.isTTY === true && (noColour === undefined || noColour === "") && env["TERM"] !== "dumb";
  return picocolors.createColors(wanted);
}
