import { createHash } from "node:crypto";
import { DataError } from "@timestep/base";
import { type CaptionCorpus } from "@timestep/captioning";
import { pictureSize } from "@timestep/captioning/pictures";

/** Pictures read at once. */
const together = 32;

/** What the pictures of a split are. */
export interface PictureFacts {
  readonly split: string;
  /** Sides of the pictures, in pixels. */
  readonly width: { readonly least: number; readonly most: number };
  readonly height: { readonly least: number; readonly most: number };
  /** What cannot be read, by its header, and why. */
  readonly unreadable: readonly { readonly name: string; readonly error: string }[];
}

/** Pictures of two splits whose bytes are the same. */
export interface SharedPictures {
  readonly splits: readonly [string, string];
  readonly pictures: number;
}

/** Looks at the headers of all pictures. */
export async function pictureFacts({
  splits,
}: CaptionCorpus): Promise<{ facts: PictureFacts[]; shared: SharedPictures[] }> {
  const facts: PictureFacts[] = [];
  const contents: { split: string; sums: Set<string> }[] = [];
  for (const [split, examples] of Object.entries(splits)) {
    const [widths, heights] = [new Range(), new Range()];
    const unreadable: { name: string; error: string }[] = [];
    const sums = new Set<string>();
    for (let from = 0; from < examples.length; from += together) {
      const looked = examples.slice(from, from + together).map(({ image }) => lookAtHeader(image));
      for (const found of await Promise.all(looked)) {
        if (found.sum !== undefined) sums.add(found.sum);
        if ("error" in found) unreadable.push(found);
        else {
          widths.add(found.width);
          heights.add(found.height);
        }
      }
    }
    facts.push({ split, width: widths.ends, height: heights.ends, unreadable });
    contents.push({ split, sums });
  }
  const shared = contents.flatMap(({ split, sums }, index) =>
    contents.slice(index + 1).map((other): SharedPictures => {
      return {
        splits: [split, other.split],
        pictures: [...sums].filter((sum) => other.sums.has(sum)).length,
      };
    }),
  );
  return { facts, shared: shared.filter(({ pictures }) => pictures > 0) };
}

type Header =
  | { readonly sum: string | undefined; readonly width: number; readonly height: number }
  | { readonly sum: string | undefined; readonly name: string; readonly error: string };

async function lookAtHeader(
  image: NonNullable<CaptionCorpus["splits"]["train"]>[number]["image"],
): Promise<Header> {
  if ("pixels" in image) {
    const { width, height, pixels } = image;
    return { sum: sumOf(pixels), width, height };
  }
  let sum: string | undefined;
  try {
    const bytes = await image.bytes();
    sum = sumOf(bytes);
    return { sum, ...(await pictureSize({ name: image.name, bytes: () => Promise.resolve(bytes) })) };
  } catch (error) {
    if (error instanceof DataError) return { sum, name: image.name, error: error.code };
    throw error;
  }
}

function sumOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}

/** The ends of some numbers; zeros without any. */
class Range {
  private least = Number.POSITIVE_INFINITY;
  private most = 0;

  add(value: number): void {
    this.least = Math.min(this.least, value);
    this.most = Math.max(this.most, value);
  }

  get ends(): { least: number; most: number } {
    return { least: Number.isFinite(this.least) ? this.least : 0, most: this.most };
  }
}
