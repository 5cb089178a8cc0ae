import { type OutputStream } from "../io.js";

/** Thrown when whoever read the results has gone (`… | head -1`); the program then ends quietly. */
export class ResultsClosed extends Error {}

/** Writes results to stdout, waiting when the reader is slow, and notices when it has gone. */
export class ResultWriter {
  private failure: Error | undefined;

  constructor(private readonly stream: OutputStream) {
    // Stays attached to the end of the process: an unheard "error" event would end it with a stack.
    stream.on("error", (error) => {
      this.note(error);
    });
  }

  /** @throws {ResultsClosed} when the reader has gone. */
  async write(text: string): Promise<void> {
    this.check();
    await new Promise<void>((resolve) => {
      this.stream.write(text, (error) => {
        if (error) this.note(error);
        resolve();
      });
    });
    this.check();
  }

  /** Writes one value as one line of JSON. */
  async writeJson(value: unknown): Promise<void> {
    await this.write(`${JSON.stringify(value)}\n`);
  }

  private note(error: NodeJS.ErrnoException): void {
    this.failure ??= error.code === "EPIPE" ? new ResultsClosed() : error;
  }

  private check(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}
