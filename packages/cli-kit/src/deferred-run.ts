import { type FileStore } from "@timestep/training";

/**
 * A run whose folder appears at the first write, so that data which turns out to be bad leaves nothing behind and
 * replaces nothing. Until then it reads as empty.
 */
export class DeferredRun implements FileStore {
  private opened: Promise<FileStore> | undefined;

  constructor(
    readonly name: string,
    private readonly make: () => Promise<FileStore>,
  ) {}

  /** Whether anything has been written. */
  get exists(): boolean {
    return this.opened !== undefined;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return (await this.opened)?.read(name);
  }

  async write(name: string, content: Uint8Array | string): Promise<void> {
    await (await this.open()).write(name, content);
  }

  async append(name: string, line: string): Promise<void> {
    await (await this.open()).append(name, line);
  }

  async list(): Promise<string[]> {
    return (await (await this.opened)?.list()) ?? [];
  }

  async remove(name: string): Promise<void> {
    await (await this.opened)?.remove(name);
  }

  private open(): Promise<FileStore> {
    this.opened ??= this.make();
    return this.opened;
  }
}
