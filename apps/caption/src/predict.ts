import { type DataError } from "@timestep/base";
import { type Caption, type CaptionOptions, type PictureTable } from "@timestep/captioning";
import { lookAt } from "@timestep/captioning/pictures";
import { batched, type Prediction, type PredictRequest } from "@timestep/cli-kit";
import { type DataFile } from "@timestep/data";
import { type AttentionSheets } from "./attention.js";
import { outputOptions } from "./flags.js";
import { type LoadedRuns, loadRuns, type Member } from "./load-runs.js";
import { picturesOf } from "./picture-inputs.js";

/** Pictures captioned at once. */
const atOnce = 50;

/**
 * `predict`: the caption of each picture, in order. A picture that cannot be read ends it when its turn has come, or with
 * `--skip-unreadable` is answered by its error.
 */
export async function* predictCaptions({
  runs,
  inputs,
  flags,
  notify,
}: PredictRequest): AsyncGenerator<Prediction> {
  const loaded = await loadRuns(runs);
  try {
    const options = outputOptions(flags, loaded.members[0].captioner.settings.seed);
    const sheets = await openSheets(flags["attention"], loaded);
    const skip = flags["skipUnreadable"] === true;
    let [count, unread] = [0, 0];
    for await (const files of batched(picturesOf(inputs, process.cwd()), atOnce)) {
      for (const answer of await captionFiles(files, loaded, {
        ...options,
        attention: sheets !== undefined,
      })) {
        count++;
        if ("error" in answer) {
          if (!skip) throw answer.error;
          unread++;
          yield unreadable(answer.file.name, answer.error);
        } else {
          yield prediction(answer, await sheets?.write(answer.file, answer.caption));
        }
      }
    }
    if (unread > 0) notify(`${unread} of ${count} pictures cannot be read.`);
  } finally {
    loaded.dispose();
  }
}

/** A picture with its caption. */
interface Captioned {
  readonly file: DataFile;
  readonly caption: Caption;
}

/** What becomes of a picture. */
type Answer = Captioned | { readonly file: DataFile; readonly error: DataError };

/** An answer for each file, in order. */
async function captionFiles(
  files: readonly DataFile[],
  { members }: LoadedRuns,
  options: CaptionOptions,
): Promise<Answer[]> {
  const [first, ...others] = members;
  const seen = await look(files, first);
  const readable = seen.placeOf.map((place) => files[place] as DataFile);
  const errors = new Map(seen.skipped.map(({ name, error }) => [name, error]));
  const captions = new Map<DataFile, Caption>();
  if (readable.length > 0) {
    const together: { captioner: Member["captioner"]; pictures: PictureTable }[] = [];
    for (const member of others) {
      together.push({ captioner: member.captioner, pictures: (await look(readable, member)).pictures });
    }
    const said = await first.captioner.captionAll(seen.pictures, { ...options, with: together });
    for (const [row, caption] of said.entries()) captions.set(readable[row] as DataFile, caption);
  }
  return files.map((file): Answer => {
    const caption = captions.get(file);
    if (caption !== undefined) return { file, caption };
    return { file, error: errors.get(file.name) as DataError };
  });
}

function look(files: readonly DataFile[], { captioner, features }: Member): ReturnType<typeof lookAt> {
  return lookAt(files, { settings: captioner.settings, features, unreadable: "skip", mayBeNone: true });
}

/** Drawing is loaded when it is asked for. */
async function openSheets(
  folder: string | true | undefined,
  runs: LoadedRuns,
): Promise<AttentionSheets | undefined> {
  if (typeof folder !== "string") return undefined;
  const { AttentionSheets: Sheets } = await import("./attention.js");
  return Sheets.open(folder, runs);
}

function prediction({ file, caption: said }: Captioned, sheet: string | undefined): Prediction {
  const { caption, score, nbest } = said;
  const others = nbest.slice(1).map(({ text }) => `\n  ${text}`);
  return {
    json: { image: file.name, caption, score, nbest, ...(sheet === undefined ? {} : { attention: sheet }) },
    text: `${file.name}: ${caption}${others.join("")}${sheet === undefined ? "" : `\n  ${sheet}`}`,
  };
}

function unreadable(image: string, { message }: DataError): Prediction {
  const [error = ""] = message.split("\n");
  return {
    json: { image, caption: null, score: null, nbest: [], error },
    text: `${image}: not read (${error})`,
  };
}
