import { type Random, seeded } from "@timestep/base";
import { type Split } from "@timestep/data";
import { CITIES } from "./cities.js";
import { writeDate } from "./dates.js";
import { expand } from "./grammar.js";
import { INTENTS, TRAVEL, WORDS } from "./templates.js";

export interface TravelSlot {
  readonly type: string;
  /** Offsets into the text, UTF-16 code units; `end` is after the last one. */
  readonly start: number;
  readonly end: number;
}

export interface TravelRequest {
  readonly text: string;
  readonly slots: readonly TravelSlot[];
  readonly intent: string;
}

/** How many requests each split gets. */
export const SIZES: Readonly<Record<Split, number>> = { train: 4000, dev: 500, test: 500 };

/**
 * Travel requests with slots and intents, the same for the same seed. No text occurs twice, within a split or across
 * splits; cities and dates of one split are of no other.
 */
export function generateTravel(seed: number): Record<Split, TravelRequest[]> {
  const seen = new Set<string>();
  const make = (split: Split): TravelRequest[] => {
    const random = seeded(seed).fork(split);
    const requests: TravelRequest[] = [];
    while (requests.length < SIZES[split]) {
      const request = makeRequest(split, random);
      const key = request.text.toLowerCase().replace(/[.?!]$/, "");
      if (seen.has(key)) continue;
      seen.add(key);
      requests.push(request);
    }
    return requests;
  };
  return { train: make("train"), dev: make("dev"), test: make("test") };
}

function makeRequest(split: Split, random: Random): TravelRequest {
  const intent = pickIntent(random);
  const pattern = expand(TRAVEL, intent, random);
  const filled = fill(pattern, split, random);
  return { ...written(filled.text, filled.slots, random), intent };
}

function pickIntent(random: Random): string {
  const names = Object.entries(INTENTS).flatMap(([name, weight]) => new Array<string>(weight).fill(name));
  return random.pick(names);
}

/** Puts words into the slots of a pattern and notes where they stand. */
function fill(pattern: string, split: Split, random: Random): { text: string; slots: TravelSlot[] } {
  const slots: TravelSlot[] = [];
  const cities = new Set<string>();
  let text = "";
  for (const piece of pattern.split(/(\{[^}]+\})/)) {
    const match = /^\{(@?)([a-z_]+)(2?)\}$/.exec(piece);
    if (match === null) {
      text += piece;
      continue;
    }
    const name = match[2] as string;
    const { words, before } = wordsFor(name, split, cities, random);
    // People drop "on" now and then.
    if (match[1] === "@" && before !== "" && random.integer(8) > 0) text += `${before} `;
    if (/\ba $/.test(text) && /^[aeiou]/i.test(words)) text = `${text.slice(0, -1)}n `;
    const start = text.length;
    text += words;
    if (name !== "place") slots.push({ type: name === "period" ? "time" : name, start, end: text.length });
  }
  return { text, slots };
}

const CITY_SLOTS = new Set(["origin", "destination", "stop", "location", "place"]);

function wordsFor(
  name: string,
  split: Split,
  cities: Set<string>,
  random: Random,
): { words: string; before: string } {
  if (CITY_SLOTS.has(name)) {
    for (;;) {
      const city = random.pick(CITIES[split]);
      if (cities.has(city)) continue; // every city of a request is another one
      cities.add(city);
      return { words: city, before: "" };
    }
  }
  if (name === "date" || name === "return_date") {
    const date = writeDate(split, random);
    return { words: date.text, before: date.takesOn ? "on" : "" };
  }
  if (name === "time") return { words: writeTime(random), before: "" };
  if (name === "flight_number") return { words: writeFlightNumber(random), before: "" };
  const words = WORDS[name];
  if (words === undefined) throw new RangeError(`no words for the slot {${name}}`);
  return { words: random.pick(words), before: "" };
}

function writeTime(random: Random): string {
  const hour = 1 + random.integer(12);
  const minutes = random.pick(["15", "20", "30", "40", "45", "50"]);
  const half = random.pick(["am", "pm"]);
  const forms = [
    `${hour} ${half}`,
    `${hour}${half}`,
    `${hour}:${minutes} ${half}`,
    `${hour}:${minutes}`,
    `${12 + (hour % 12)}:${minutes}`,
    `${hour} o'clock`,
    `${hour} ${half === "am" ? "a.m." : "p.m."}`,
  ];
  return random.integer(12) === 0 ? random.pick(["noon", "midnight"]) : random.pick(forms);
}

function writeFlightNumber(random: Random): string {
  const carrier = random.pick(["UA", "DL", "AA", "BA", "LH", "AF", "CI", "BR", "NH", "EK"]);
  return `${carrier}${random.pick(["", " "])}${10 + random.integer(990)}`;
}

/** Writes the sentence as one of several people would: all small letters, or with capitals; with or without an end mark. */
function written(text: string, slots: readonly TravelSlot[], random: Random): Omit<TravelRequest, "intent"> {
  const style = random.integer(10);
  let result = text;
  if (style < 5) result = text.toLowerCase();
  else if (style < 8) result = text.slice(0, 1).toUpperCase() + text.slice(1);
  if (style >= 4 && random.integer(3) > 0 && !/[.?!]$/.test(result)) result += isQuestion(text) ? "?" : ".";
  return { text: result, slots };
}

function isQuestion(text: string): boolean {
  return /^(which|what|when|where|how|is|are|has|have|did|do|does|can|could|would|any)\b/i.test(text);
}
