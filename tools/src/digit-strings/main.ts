import { parseArgs } from "node:util";
import { TimestepError } from "@timestep/base";
import { writeDigitStrings } from "./write.js";

const USAGE = `usage: npm run digit-strings -- FSDD OUT [--train 2000] [--dev 200] [--test 300] [--seed 1]
                                          [--hold-out SPEAKER] [--words]
  joins recordings of the Free Spoken Digit Dataset in folder FSDD to strings of 1 to 7 digits
  --train, --dev, --test  how many strings each split gets
  --hold-out              tests on this speaker, and trains on the others
  --words                 writes "seven seven" instead of "7 7"
`;

/** Returns the exit code: 2 for bad usage or bad input. */
async function main(): Promise<number> {
  const text = { type: "string" } as const;
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        train: text,
        dev: text,
        test: text,
        seed: text,
        "hold-out": text,
        words: { type: "boolean" },
      },
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  const { values, positionals } = parsed;
  const [data, out, ...rest] = positionals;
  const numbers = [values.train ?? "2000", values.dev ?? "200", values.test ?? "300", values.seed ?? "1"];
  if (
    data === undefined ||
    out === undefined ||
    rest.length > 0 ||
    !numbers.every((number) => /^\d{1,9}$/.test(number))
  ) {
    process.stderr.write(USAGE);
    return 2;
  }
  const [train = 0, dev = 0, test = 0, seed = 1] = numbers.map(Number);
  try {
    const rows = await writeDigitStrings(data, out, {
      counts: { train, dev, test },
      seed,
      holdOut: values["hold-out"],
      spelling: values.words === true ? "words" : "numerals",
    });
    const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
    process.stdout.write(`${out}: ${rows.length} strings, ${(seconds / 60).toFixed(1)} minutes\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof TimestepError)) throw error;
    process.stderr.write(`${error.name} ${error.message}\n`);
    return 2;
  }
}

process.exitCode = await main();
