/** What an error says beside its message. */
export interface ErrorDetails {
  /** What the reader can do about it, one or two sentences. */
  readonly hint?: string;
  /** The lower-level failure that led here. */
  readonly cause?: unknown;
}

/**
 * An error that names the thing, what was expected, what came and what to do, with a stable `code` to match on.
 *
 * The printed form is `CODE: what happened.` followed by the hint on its own line.
 */
export class TimestepError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(
      `${code}: ${message}${details.hint === undefined ? "" : `\n  ${details.hint}`}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = new.target.name;
    this.code = code;
    this.hint = details.hint;
  }
}

/** A tensor, or an array that stands for one, has the wrong rank or size. */
export class ShapeError extends TimestepError {}

/** Input data (a corpus, a sentence, a weight file) is not what its format promises. */
export class DataError extends TimestepError {}

/** A setting, flag or option is unknown, out of range or contradicts another. */
export class ConfigError extends TimestepError {}

/** An engine cannot start or lacks what was asked of it. */
export class EngineError extends TimestepError {}

/** Training cannot go on: a loss or gradient is not finite, or a checkpoint does not fit. */
export class TrainingError extends TimestepError {}
