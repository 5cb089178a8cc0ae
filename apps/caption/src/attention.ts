import { mkdir } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { ConfigError, DataError } from "@timestep/base";
import { type Caption, type Captioner } from "@timestep/captioning";
import { type DataFile } from "@timestep/data";
import { contactSheet } from "./drawing/contact-sheet.js";
import { type Grid } from "./drawing/heat.js";
import { type NetworkInput, viewOf } from "./drawing/view.js";
import { type LoadedRuns, type Member } from "./load-runs.js";

/** What is needed to draw what a word looked at. */
export interface Lookout {
  readonly grid: Grid;
  readonly input: NetworkInput;
}

/** How pictures come to a captioner. */
export function inputOf({ captioner, features }: Member): NetworkInput {
  const { fit, width, height } = captioner.settings.picture;
  return { fit, ...(features?.network.inputSize ?? { width, height }) };
}

/** Where the words of runs that answer together look; undefined unless all look at the same places. */
export function lookoutOf({ members }: Pick<LoadedRuns, "members">): Lookout | undefined {
  const lookouts = members.map((member) => ({ grid: gridOf(member.captioner), input: inputOf(member) }));
  const [first, ...others] = lookouts as [Lookout, ...Lookout[]];
  const alike = others.every((other) => JSON.stringify(other) === JSON.stringify(first));
  return alike && members.every(({ captioner }) => captioner.attends) ? first : undefined;
}

function gridOf({ model }: Captioner): Grid {
  return { rows: model.encoder.rows, columns: model.encoder.columns };
}

/** Writes contact sheets into a folder, a PNG for each picture. */
export class AttentionSheets {
  private readonly taken = new Set<string>();

  private constructor(
    private readonly folder: string,
    private readonly lookout: Lookout,
  ) {}

  /**
   * Makes the folder where it is missing.
   *
   * @throws {ConfigError} FLAG_ATTENTION when the runs do not look at places, or not at the same.
   * @throws {DataError} ATTENTION_FOLDER when the folder cannot be made.
   */
  static async open(folder: string, runs: Pick<LoadedRuns, "members">): Promise<AttentionSheets> {
    const lookout = lookoutOf(runs);
    if (lookout === undefined) {
      const looks = runs.members.every(({ captioner }) => captioner.attends);
      throw new ConfigError(
        "FLAG_ATTENTION",
        looks
          ? "--attention shows what runs look at together, and those of --run look at different places."
          : "--attention needs a network that looks at places, which a run of --run is not.",
        {
          hint: looks
            ? "Name one run, or runs with the same settings of pictures."
            : 'Leave --attention out, or use runs with model.form = "attention".',
        },
      );
    }
    try {
      await mkdir(folder, { recursive: true });
    } catch (cause) {
      throw unwritable(folder, cause);
    }
    return new AttentionSheets(folder, lookout);
  }

  /** Writes the sheet of a caption that was searched with its attention; the path of the file. */
  async write(image: DataFile, { caption, words = [] }: Caption): Promise<string> {
    const path = join(this.folder, this.nameFor(image.name));
    const view = await viewOf(image, this.lookout.input);
    const sheet = contactSheet({ view, name: image.name, caption, words, grid: this.lookout.grid });
    try {
      await sheet.png().toFile(path);
    } catch (cause) {
      throw unwritable(path, cause);
    }
    return path;
  }

  /** A name of its own for each picture; never that of a picture, so that nothing is written over. */
  private nameFor(image: string): string {
    const stem = basename(image, extname(image));
    let name = `${stem}.attention.png`;
    for (let count = 2; this.taken.has(name); count++) name = `${stem}-${count}.attention.png`;
    this.taken.add(name);
    return name;
  }
}

function unwritable(path: string, cause: unknown): DataError {
  return new DataError("ATTENTION_FOLDER", `"${path}" cannot be written.`, {
    cause,
    hint: "Name a folder where you may write.",
  });
}
