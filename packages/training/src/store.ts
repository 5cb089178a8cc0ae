import { ConfigError } from "@timestep/base";

/**
 * A flat set of named files: a folder on disk, browser storage, or memory. Names use `/` between folders.
 *
 * Whoever implements it makes `write` all or nothing: after a crash a file holds its old content or its new, never a part.
 */
export interface FileStore {
  /** How messages call this place, for instance the path of the folder. */
  readonly name: string;
  /** The content of a file, or undefined when there is none of that name. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Replaces a file whole. */
  write(name: string, content: Uint8Array | string): Promise<void>;
  /** Adds one line to the end of a text file; the line break is added here. */
  append(name: string, line: string): Promise<void>;
  /** Names of all files, sorted. */
  list(): Promise<string[]>;
  /** Removes a file; no error when there is none. */
  remove(name: string): Promise<void>;
}

/**
 * Refuses names that could leave the store.
 *
 * @throws {ConfigError} STORE_NAME when a name is empty, absolute, or has empty, `.` or `..` parts.
 */
export function checkFileName(name: string): void {
  const fine = name.split("/").every((part) => /^[\w.@ -]+$/.test(part) && part !== "." && part !== "..");
  if (!fine) {
    throw new ConfigError("STORE_NAME", `"${name}" is no name for a file in a run.`, {
      hint: "Use letters, digits, dots and dashes, with / between folders.",
    });
  }
}

/** Files in memory: for tests, for browsers, and for training without a folder. */
export class MemoryStore implements FileStore {
  readonly name: string;
  private readonly files = new Map<string, Uint8Array>();

  constructor(name = "memory") {
    this.name = name;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    checkFileName(name);
    return this.files.get(name)?.slice();
  }

  async write(name: string, content: Uint8Array | string): Promise<void> {
    checkFileName(name);
    this.files.set(name, typeof content === "string" ? new TextEncoder().encode(content) : content.slice());
  }

  async append(name: string, line: string): Promise<void> {
    const before = (await this.read(name)) ?? new Uint8Array();
    await this.write(name, `${new TextDecoder().decode(before)}${line}\n`);
  }

  async list(): Promise<string[]> {
    return [...this.files.keys()].sort();
  }

  async remove(name: string): Promise<void> {
    checkFileName(name);
    this.files.delete(name);
  }
}
