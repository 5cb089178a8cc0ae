import { type Values } from "@timestep/core";
import { type Weight } from "./optimiser.js";

/** Running values per parameter under `slot/path`, made of zeros when first asked for. */
export class Slots {
  private values = new Map<string, Values>();

  of(slot: string, { path, shape, data }: Weight): Float32Array {
    const key = `${slot}/${path}`;
    let found = this.values.get(key);
    if (found === undefined) {
      found = { shape, data: new Float32Array(data.length) };
      this.values.set(key, found);
    }
    return found.data;
  }

  all(): ReadonlyMap<string, Values> {
    return this.values;
  }

  restore(values: ReadonlyMap<string, Values>): void {
    this.values = new Map([...values].map(([key, { shape, data }]) => [key, { shape, data: data.slice() }]));
  }
}
