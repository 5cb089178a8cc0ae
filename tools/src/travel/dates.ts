import { type Random } from "@timestep/base";
import { type Split } from "@timestep/data";

/** A date as written, and whether "on" stands before it: "on March 3rd", but "next Friday". */
export interface WrittenDate {
  readonly text: string;
  readonly takesOn: boolean;
}

interface Calendar {
  /** Name and number of each month. */
  readonly months: readonly (readonly [name: string, short: string, number: number])[];
  readonly weekdays: readonly string[];
  readonly days: readonly number[];
  readonly relative: readonly string[];
}

/** Words inside dates that belong to the language, not to one date; only they occur in more than one split. */
export const DATE_GRAMMAR: readonly string[] = ["the", "of", "next", "this", "coming", ","];

/** Months, weekdays and days of the month by split; no word of one split's dates is in another's. */
const CALENDARS: Readonly<Record<Split, Calendar>> = {
  train: {
    months: [
      ["January", "Jan", 1],
      ["March", "Mar", 3],
      ["April", "Apr", 4],
      ["June", "Jun", 6],
      ["July", "Jul", 7],
      ["September", "Sep", 9],
      ["October", "Oct", 10],
      ["December", "Dec", 12],
    ],
    weekdays: ["Monday", "Tuesday", "Wednesday", "Friday", "Saturday"],
    days: [1, 3, 5, 6, 8, 9, 10, 12, 14, 15, 16, 18, 19, 21, 23, 25, 27, 29, 30, 31],
    relative: ["today", "tomorrow", "next week"],
  },
  dev: {
    months: [
      ["May", "May", 5],
      ["August", "Aug", 8],
    ],
    weekdays: ["Sunday"],
    days: [4, 11, 17, 22, 26],
    relative: ["tonight"],
  },
  test: {
    months: [
      ["November", "Nov", 11],
      ["February", "Feb", 2],
    ],
    weekdays: ["Thursday"],
    days: [2, 7, 13, 20, 24, 28],
    relative: ["this weekend"],
  },
};

const ORDINAL_WORDS: Readonly<Record<number, string>> = {
  1: "first",
  2: "second",
  3: "third",
  4: "fourth",
  5: "fifth",
  6: "sixth",
  7: "seventh",
  8: "eighth",
  9: "ninth",
  10: "tenth",
  11: "eleventh",
  12: "twelfth",
  13: "thirteenth",
  15: "fifteenth",
  20: "twentieth",
};

/** A date of the split in one of the ways that people write them. */
export function writeDate(split: Split, random: Random): WrittenDate {
  const calendar = CALENDARS[split];
  const [month, short, number] = random.pick(calendar.months);
  const day = random.pick(calendar.days);
  const weekday = random.pick(calendar.weekdays);
  const ordinal = `${day}${ordinalEnding(day)}`;
  const word = ORDINAL_WORDS[day] ?? ordinal;
  const forms: readonly (readonly [weight: number, text: string, takesOn: boolean])[] = [
    [10, `${month} ${ordinal}`, true],
    [5, `${month} ${day}`, true],
    [3, `${day} ${month}`, true],
    [2, `${ordinal} ${month}`, true],
    [3, `the ${ordinal} of ${month}`, true],
    [2, `the ${ordinal}`, true],
    [2, `${month} ${word}`, true],
    [2, `${short} ${day}`, true],
    [1, `${short}. ${day}`, true],
    [2, `${number}/${day}`, true],
    [5, weekday, true],
    [2, `next ${weekday}`, false],
    [2, `this ${weekday}`, false],
    [1, `this coming ${weekday}`, false],
    [2, `${weekday} ${month} ${ordinal}`, true],
    [1, `${weekday}, ${month} ${day}`, true],
    [2, random.pick(calendar.relative), false],
  ];
  let draw = random.integer(forms.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, text, takesOn] of forms) {
    if (draw < weight) return { text, takesOn };
    draw -= weight;
  }
  throw new RangeError("unreachable: the draw is below the sum of the weights");
}

function ordinalEnding(day: number): string {
  if (day >= 11 && day <= 13) return "th";
  return ["th", "st", "nd", "rd"][day % 10] ?? "th";
}
