import { ConfigError } from "@timestep/base";
import { type z } from "zod";
import { didYouMean } from "../suggest.js";
import { assign, type Assignment } from "./assignments.js";
import {
  childNames,
  childNode,
  describeExpected,
  isRecord,
  nodeAt,
  settingTree,
  type SettingNode,
} from "./schema.js";

/** A config as read from a file or recipe, with the name that messages call it by. */
export interface ConfigSource {
  readonly name: string;
  readonly value: unknown;
}

/** One thing wrong with the settings. */
interface Problem {
  readonly code: "CONFIG_UNKNOWN_KEY" | "CONFIG_VALUE";
  readonly message: string;
}

/**
 * The settings in force: the schema's defaults, then the config, then what the command line assigns, in order.
 *
 * @throws {ConfigError} CONFIG_UNKNOWN_KEY or CONFIG_VALUE naming the file or flag, the setting, what was expected and
 *   what came; further problems are listed in the hint.
 */
export function resolveSettings<Settings>(
  schema: z.ZodType<Settings>,
  config: ConfigSource,
  assignments: readonly Assignment[] = [],
): Settings {
  const tree = settingTree(schema);
  const place = (path: readonly string[]): string => describePlace(path, config, assignments);
  let merged = config.value;
  for (const { path, value } of assignments) merged = assign(merged, path, value);
  const problems = unknownKeys(tree, merged, [], place);
  const known = new Set(problems.map(({ message }) => message));
  const parsed = schema.safeParse(merged);
  if (parsed.success && problems.length === 0) return parsed.data;
  for (const problem of parsed.success ? [] : flatten(parsed.error.issues, []).map(describe)) {
    if (!known.has(problem.message)) problems.push(problem);
    known.add(problem.message);
  }
  const [first, ...others] = problems;
  throw new ConfigError(first?.code ?? "CONFIG_VALUE", first?.message ?? `${config.name} is not usable.`, {
    ...(others.length === 0 ? {} : { hint: ["Also:", ...others.map(({ message }) => message)].join("\n  ") }),
  });

  function describe({ path, issue }: FlatIssue): Problem {
    if (issue.code === "unrecognized_keys") {
      const key = issue.keys[0] ?? "";
      return unknownKey(nodeAt(tree, path) ?? {}, key, place([...path, key]));
    }
    const got = valueAt(merged, path);
    const node = nodeAt(tree, path);
    const byType = ["invalid_type", "invalid_value", "too_small", "too_big", "invalid_union"].includes(
      issue.code,
    );
    const sized = "origin" in issue && !["number", "int"].includes(issue.origin as string);
    const text =
      node !== undefined && byType && !sized
        ? `expected ${describeExpected(node)}, got ${showValue(got)}`
        : issue.message.replace(/\.$/, "");
    return { code: "CONFIG_VALUE", message: `${place(path)}: ${text}.` };
  }
}

/** Settings that no schema knows, wherever they stand. */
function unknownKeys(
  node: SettingNode,
  value: unknown,
  path: readonly string[],
  place: (path: readonly string[]) => string,
): Problem[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      const inner = childNode(node, String(index));
      return inner === undefined ? [] : unknownKeys(inner, item, [...path, String(index)], place);
    });
  }
  if (!isRecord(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const inner = childNode(node, key);
    if (inner !== undefined) return unknownKeys(inner, value[key], [...path, key], place);
    // A group in the place of a plain value is a wrong value, not an unknown key.
    return childNames(node).length === 0 ? [] : [unknownKey(node, key, place([...path, key]))];
  });
}

function unknownKey(node: SettingNode, key: string, place: string): Problem {
  const suggestion = didYouMean(key, childNames(node), "Known here");
  return { code: "CONFIG_UNKNOWN_KEY", message: `${place}: no such setting.${suggestion}` };
}

/** `speech.json, model.hiddenSize` for what a file says, `--set model.hiddenSize` for what the command line says. */
function describePlace(
  path: readonly string[],
  config: ConfigSource,
  assignments: readonly Assignment[],
): string {
  // What the command line put there, or a group that exists only because something below it was assigned.
  const inConfig = valueAt(config.value, path) !== undefined;
  const given = assignments.findLast(
    (assignment) =>
      startsWith(path, assignment.path) ||
      (!inConfig && path.length > 0 && startsWith(assignment.path, path)),
  );
  const dotted = path.join(".");
  if (given !== undefined) return given.flag === "--set" ? `--set ${dotted}` : given.flag;
  return dotted === "" ? config.name : `${config.name}, ${dotted}`;
}

function startsWith(path: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((key, index) => path[index] === key);
}

type Issue = z.core.$ZodIssue;

interface FlatIssue {
  readonly path: readonly string[];
  readonly issue: Issue;
}

/** Issues inside a union are those of the alternative that came nearest: the one with the fewest. */
function flatten(issues: readonly Issue[], prefix: readonly string[]): FlatIssue[] {
  return issues.flatMap((issue): FlatIssue[] => {
    const path = [...prefix, ...issue.path.map(String)];
    if (issue.code !== "invalid_union" || issue.errors.length === 0) return [{ path, issue }];
    const inner = issue.errors.filter((branch) => branch.some((found) => found.path.length > 0));
    const [nearest] = inner.sort((a, b) => a.length - b.length);
    return nearest === undefined ? [{ path, issue }] : flatten(nearest, path);
  });
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    return (at as Readonly<Record<string, unknown>>)[key];
  }, value);
}

function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
