/** One file as bytes, wherever it lives: on disk, in a browser's file picker, in memory. */
export interface DataFile {
  /** Path relative to its source with "/" between folders, as errors show it. */
  readonly name: string;
  bytes(): Promise<Uint8Array>;
}

/** A folder of files, or a lone file as a source with one entry. */
export interface DataSource {
  /** What errors call it, usually the path or name that the user gave. */
  readonly name: string;
  readonly files: readonly DataFile[];
}

/**
 * A source held in memory, for tests, browsers and generated data. Strings are stored as UTF-8.
 *
 * @example
 * ```ts
 * const source = memorySource("toy", { "train.conll": "Taipei B-city\n" });
 * ```
 */
export function memorySource(name: string, files: Readonly<Record<string, string | Uint8Array>>): DataSource {
  return { name, files: Object.entries(files).map(([path, content]) => memoryFile(path, content)) };
}

/** One file held in memory. */
export function memoryFile(name: string, content: string | Uint8Array): DataFile {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { name, bytes: () => Promise.resolve(bytes) };
}

/** SHA-256 of some bytes as 64 lower-case hexadecimal digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // The copy turns any view, also one on shared memory, into the plain buffer that Web Crypto takes.
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", Uint8Array.from(bytes)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
