import { z } from "zod";

/** The part of a JSON Schema that settings need: what a value may be, at one place of the config. */
export interface SettingNode {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, SettingNode>>;
  readonly additionalProperties?: boolean | SettingNode;
  readonly items?: SettingNode;
  readonly anyOf?: readonly SettingNode[];
  readonly oneOf?: readonly SettingNode[];
  readonly allOf?: readonly SettingNode[];
}

/** The tree of settings that a schema accepts. */
export function settingTree(schema: z.ZodType): SettingNode {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }) as SettingNode;
}

/** A node and the alternatives it allows, flattened. */
function alternatives(node: SettingNode): SettingNode[] {
  const inner = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  return [node, ...inner.flatMap(alternatives)];
}

/** Names of the settings directly below a node. */
export function childNames(node: SettingNode): string[] {
  return [...new Set(alternatives(node).flatMap((part) => Object.keys(part.properties ?? {})))];
}

/** The setting `key` below a node; undefined when there is none. */
export function childNode(node: SettingNode, key: string): SettingNode | undefined {
  const parts = alternatives(node);
  const found: SettingNode[] = [];
  for (const { properties } of parts) {
    const own = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (own !== undefined) found.push(own);
  }
  if (found.length > 1) return { anyOf: found };
  if (found[0] !== undefined) return found[0];
  for (const { items, additionalProperties } of parts) {
    if (items !== undefined && /^\d+$/.test(key)) return items;
    if (typeof additionalProperties === "object" && key !== "__proto__") return additionalProperties;
  }
  return undefined;
}

/** The setting at a path, or undefined. */
export function nodeAt(node: SettingNode, path: readonly string[]): SettingNode | undefined {
  return path.reduce<SettingNode | undefined>(
    (at, key) => (at === undefined ? at : childNode(at, key)),
    node,
  );
}

/** Whether text is taken as it is: the setting may be text and nothing else that `--set` could mean. */
export function isText(node: SettingNode): boolean {
  const types = alternatives(node).flatMap((part) =>
    typeof part.type === "string" ? [part.type] : (part.type ?? []),
  );
  return types.includes("string") && types.every((type) => type === "string");
}

/** What a setting accepts, in words: `a whole number from 1 to 4096`, `one of "lstm", "gru"`. */
export function describeExpected(node: SettingNode): string {
  const branches = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  if (branches.length > 0) return [...new Set(branches.map(describeExpected))].join(" or ");
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) {
    const values = node.enum.map((value) => JSON.stringify(value));
    return values.length === 1 ? (values[0] ?? "") : `one of ${values.join(", ")}`;
  }
  const types = typeof node.type === "string" ? [node.type] : (node.type ?? []);
  if (types.length === 0) return "a value";
  return types
    .map((type) => `${typeNames[type] ?? type}${/integer|number/.test(type) ? range(node) : ""}`)
    .join(" or ");
}

const typeNames: Readonly<Record<string, string>> = {
  integer: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "an object of settings",
  null: "null",
};

function range(node: SettingNode): string {
  const { exclusiveMinimum: above, exclusiveMaximum: below } = node;
  const least =
    node.minimum === undefined || node.minimum <= Number.MIN_SAFE_INTEGER ? undefined : node.minimum;
  const most =
    node.maximum === undefined || node.maximum >= Number.MAX_SAFE_INTEGER ? undefined : node.maximum;
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  const low =
    above !== undefined ? `above ${above}` : least !== undefined ? `of at least ${least}` : undefined;
  const high = below !== undefined ? `below ${below}` : most !== undefined ? `of at most ${most}` : undefined;
  const bounds = [low, high].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? "" : ` ${bounds.join(" and ")}`;
}

/** One setting as listed by `--help`. */
export interface SettingLine {
  readonly path: string;
  readonly expected: string;
  /** Undefined when there is none. */
  readonly default: unknown;
  readonly description: string;
}

/** Every setting below a node, in the order of the schema; a default given for a whole group goes to its members. */
export function settingLines(node: SettingNode, path = "", groupDefault?: unknown): SettingLine[] {
  return childNames(node).flatMap((key) => {
    const child = childNode(node, key) ?? {};
    const own =
      isRecord(groupDefault) && Object.hasOwn(groupDefault, key) ? groupDefault[key] : child.default;
    const childPath = path === "" ? key : `${path}.${key}`;
    if (childNames(child).length > 0) return settingLines(child, childPath, own);
    const description =
      child.description ?? child.anyOf?.find((part) => part.description !== undefined)?.description;
    return [
      { path: childPath, expected: describeExpected(child), default: own, description: description ?? "" },
    ];
  });
}

/** Whether a value is an object with keys, not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
