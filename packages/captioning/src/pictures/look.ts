import { ConfigError, DataError } from "@timestep/base";
import { type DataFile } from "@timestep/data";
import { type PictureTable, PixelTable } from "../features/picture-table.js";
import { type MobileNet } from "../mobilenet/mobilenet.js";
import { looksAtPlaces } from "../model.js";
import { type Picture } from "../picture.js";
import { type CaptioningSettings } from "../settings.js";
import { type ExtractProgress } from "./extract-each.js";
import { extractFeatures, extractMeans } from "./extract-features.js";
import { readPicture } from "./read-picture.js";

/** What looking at pictures needs. */
export interface LookOptions {
  /** How pictures come to the network that captions them. */
  readonly settings: Pick<CaptioningSettings, "picture" | "model">;
  /** The network whose features are read, and the folder that keeps them; needed where the encoder is pretrained. */
  readonly features?: { readonly network: MobileNet; readonly cache: string } | undefined;
  /** What a picture that cannot be read does: stop everything (default), or be left out and named. */
  readonly unreadable?: "error" | "skip";
  /**
   * Whether the means of features over their places are enough, as for finding the picture that is most alike. They are
   * kept together, which is quicker than reading the features of many pictures.
   */
  readonly meansOnly?: boolean;
  /** Whether pictures none of which can be read are fine too. Default false. */
  readonly mayBeNone?: boolean;
  readonly onProgress?: (progress: ExtractProgress) => void;
}

/** Pictures as a captioner takes them. */
export interface SeenPictures {
  readonly pictures: PictureTable;
  /** For each row of the table the place of its picture in the list that was given. */
  readonly placeOf: readonly number[];
  /** What was left out, and why. */
  readonly skipped: readonly { readonly name: string; readonly error: DataError }[];
  /** How many features were made now; the others were kept from before. */
  readonly made: number;
}

/** Pictures decoded at once. */
const together = 16;

/**
 * Reads pictures as the settings of a captioner say: as features of its network, or as pixels.
 *
 * @throws {DataError} what `readPicture` throws for the first picture that cannot be read, unless `unreadable` is `skip`;
 *   PICTURES_NONE when there is none left, unless `mayBeNone`.
 * @throws {ShapeError} PICTURE_SIZES when pictures that have their pixels already are not of one size.
 * @throws {ConfigError} PICTURES_NETWORK when the encoder is pretrained and there is no network, or pictures are no files;
 *   FEATURES_FOLDER.
 */
export async function lookAt(
  images: readonly (DataFile | Picture)[],
  options: LookOptions,
): Promise<SeenPictures> {
  const { settings, unreadable = "error", mayBeNone = false } = options;
  const seen =
    settings.picture.encoder === "trained"
      ? await asPixels(images, settings.picture, unreadable)
      : await asFeatures(images, options);
  if (seen.placeOf.length > 0 || mayBeNone) return seen;
  throw new DataError("PICTURES_NONE", "there is no picture to look at.", {
    hint: "Name JPEG, PNG or WebP files.",
  });
}

async function asFeatures(
  images: readonly (DataFile | Picture)[],
  { settings, unreadable, onProgress, features: source, meansOnly = false }: LookOptions,
): Promise<SeenPictures> {
  const files = images.filter(isFile);
  if (source === undefined || files.length < images.length) {
    throw new ConfigError(
      "PICTURES_NETWORK",
      source === undefined
        ? "features of pictures need the network that makes them."
        : "a pretrained network reads files of pictures, and these come from a sheet.",
      { hint: 'Small pictures are learnt from by picture.encoder "trained".' },
    );
  }
  const { network, cache } = source;
  const options = {
    cache,
    fit: settings.picture.fit,
    unreadable: unreadable === "skip" ? "skip" : "throw",
    ...(onProgress === undefined ? {} : { onProgress }),
  } as const;
  if (looksAtPlaces(settings.model) && !meansOnly) {
    const { features, ...how } = await extractFeatures(files, network, options);
    return { pictures: features, ...how };
  }
  const { means, ...how } = await extractMeans(files, network, { ...options, keepTogether: meansOnly });
  return { pictures: means, ...how };
}

async function asPixels(
  images: readonly (DataFile | Picture)[],
  { width, height, fit }: CaptioningSettings["picture"],
  unreadable: "error" | "skip",
): Promise<SeenPictures> {
  const read: { picture: Picture; place: number }[] = [];
  const skipped: { name: string; error: DataError }[] = [];
  for (let from = 0; from < images.length; from += together) {
    const some = images.slice(from, from + together);
    const outcomes = await Promise.allSettled(
      some.map(async (image) => (isFile(image) ? await readPicture(image, { width, height, fit }) : image)),
    );
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === "fulfilled") {
        read.push({ picture: outcome.value, place: from + index });
        continue;
      }
      const error: unknown = outcome.reason;
      if (!(error instanceof DataError) || unreadable === "error") throw error;
      skipped.push({ name: (some[index] as DataFile).name, error });
    }
  }
  const pictures: PictureTable =
    read.length === 0 ? nothing : new PixelTable(read.map(({ picture }) => picture));
  return { pictures, placeOf: read.map(({ place }) => place), skipped, made: read.length };
}

const nothing: PictureTable = { count: 0, shape: [1, 1, 3], gridsOf: () => new Float32Array(0) };

function isFile(image: DataFile | Picture): image is DataFile {
  return "bytes" in image;
}
