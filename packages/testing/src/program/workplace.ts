import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder in the system's place for temporary files, with the given files; remove it with {@link Workplace.remove}. */
export class Workplace {
  readonly path = mkdtempSync(join(tmpdir(), "timestep-"));

  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    this.write(files);
  }

  write(files: Readonly<Record<string, string | Uint8Array>>): void {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.path, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
  }

  /** Whether there is a file or folder of that name. */
  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  read(name: string): Buffer {
    return readFileSync(join(this.path, name));
  }

  json(name: string): unknown {
    return JSON.parse(this.read(name).toString("utf8"));
  }

  /** Every file below a folder with its content, to see that nothing changed. */
  contents(folder = "."): Map<string, string> {
    const files = readdirSync(join(this.path, folder), { recursive: true, withFileTypes: true });
    const names = files.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return new Map(names.sort().map((name) => [name, readFileSync(name, "base64")]));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
