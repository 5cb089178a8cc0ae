import { ConfigError } from "@timestep/base";
import { isRecord, isText, nodeAt, type SettingNode } from "./schema.js";

/** One setting given on the command line. */
export interface Assignment {
  readonly path: readonly string[];
  readonly value: unknown;
  /** The flag it came with, for messages: `--set`, `--seed`. */
  readonly flag: string;
}

/**
 * Reads `key.path=value`. The schema types the value: text settings take the text as written, all others JSON
 * (`64`, `true`, `null`, `[1,2]`), and words that are no JSON stay words, for settings with named choices.
 *
 * @throws {ConfigError} CONFIG_ASSIGNMENT when there is no `=` or no key.
 */
export function parseAssignment(text: string, tree: SettingNode): Assignment {
  const equals = text.indexOf("=");
  const key = equals < 0 ? text : text.slice(0, equals);
  const path = key.split(".").map((part) => part.trim());
  if (equals < 0 || path.some((part) => part === "")) {
    throw new ConfigError("CONFIG_ASSIGNMENT", `--set "${text}": expected key.path=value.`, {
      hint: "For instance --set training.epochs=20",
    });
  }
  return { path, value: parseValue(text.slice(equals + 1), nodeAt(tree, path)), flag: "--set" };
}

function parseValue(text: string, node: SettingNode | undefined): unknown {
  if (node !== undefined && isText(node)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A copy of `config` with one setting changed; groups on the way appear as needed. */
export function assign(config: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(config) && /^\d+$/.test(key)) {
    const copy: unknown[] = [...(config as readonly unknown[])];
    copy[Number(key)] = assign(copy[Number(key)], rest, value);
    return copy;
  }
  const group = isRecord(config) ? config : {};
  const inner = Object.hasOwn(group, key) ? group[key] : undefined;
  return { ...group, [key]: assign(inner, rest, value) };
}
