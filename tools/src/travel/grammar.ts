import { type Random } from "@timestep/base";

/** A grammar: under each name its alternatives, written as {@link expand} explains. */
export type Grammar = Readonly<Record<string, readonly string[]>>;

/**
 * Expands one random sentence pattern of a grammar. What remains are words and `{slot}` places.
 *
 * | written | means |
 * |--|--|
 * | `<name>` | one alternative of the rule `name` |
 * | `(a|b|c)` | one of these; one of them may be empty |
 * | `[a|b]` | nothing, or one of these, with even chances |
 * | `5* a` | (at the start of an alternative of a rule) as likely as five others |
 */
export function expand(grammar: Grammar, name: string, random: Random): string {
  const alternatives = grammar[name];
  if (alternatives === undefined) throw new RangeError(`the grammar has no rule <${name}>`);
  return expandText(grammar, pickWeighted(alternatives, random), random)
    .replace(/ +/g, " ")
    .replace(/ ([,.?!])/g, "$1")
    .replace(/\ba(?= [aeiou])/g, "an")
    .trim();
}

function expandText(grammar: Grammar, text: string, random: Random): string {
  let result = "";
  for (const { kind, content } of parts(text)) {
    if (kind === "text") result += content;
    else if (kind === "rule") result += expand(grammar, content, random);
    else if (kind === "choice" || random.integer(2) === 0) {
      result += expandText(grammar, random.pick(splitTop(content)), random);
    }
  }
  return result;
}

interface Part {
  readonly kind: "text" | "rule" | "optional" | "choice";
  readonly content: string;
}

const CLOSING: Readonly<Record<string, string>> = { "<": ">", "[": "]", "(": ")" };
const KINDS: Readonly<Record<string, Part["kind"]>> = { "<": "rule", "[": "optional", "(": "choice" };

function parts(text: string): Part[] {
  const found: Part[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text[at] as string;
    const kind = KINDS[open];
    if (kind === undefined) {
      const next = text.slice(at + 1).search(/[<[(]/);
      const end = next < 0 ? text.length : at + 1 + next;
      found.push({ kind: "text", content: text.slice(at, end) });
      at = end;
      continue;
    }
    const end = matching(text, at, open, CLOSING[open] as string);
    found.push({ kind, content: text.slice(at + 1, end) });
    at = end + 1;
  }
  return found;
}

function matching(text: string, start: number, open: string, close: string): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === open) depth++;
    if (text[i] === close && --depth === 0) return i;
  }
  throw new RangeError(`"${open}" is not closed in: ${text}`);
}

/** Splits at the bars that stand outside inner brackets. */
function splitTop(text: string): string[] {
  const pieces = [""];
  let depth = 0;
  for (const char of text) {
    if ("([".includes(char)) depth++;
    if (")]".includes(char)) depth--;
    if (char === "|" && depth === 0) pieces.push("");
    else pieces[pieces.length - 1] = (pieces.at(-1) as string) + char;
  }
  return pieces;
}

function pickWeighted(alternatives: readonly string[], random: Random): string {
  const weighted = alternatives.map((text) => {
    const match = /^(\d+)\* /.exec(text);
    return match === null
      ? { weight: 1, text }
      : { weight: Number(match[1]), text: text.slice(match[0].length) };
  });
  let draw = random.integer(weighted.reduce((sum, { weight }) => sum + weight, 0));
  for (const { weight, text } of weighted) {
    if (draw < weight) return text;
    draw -= weight;
  }
  throw new RangeError("a rule needs at least one alternative");
}
