import { type Picture } from "@timestep/captioning";
import { type Fit, readPicture } from "@timestep/captioning/pictures";
import { type DataFile } from "@timestep/data";
import sharp from "sharp";
import { type Size } from "./heat.js";

/** Pixels of the longer side of a picture as it is shown. */
const longerSide = 224;

/** A part of a picture, in pixels. */
export interface Area extends Size {
  readonly left: number;
  readonly top: number;
}

/** A picture as people are shown it, and the part of it that a network saw. */
export interface PictureView {
  /** With its own shape, the longer side of 224 pixels. */
  readonly picture: Picture;
  readonly seen: Area;
}

/** How pictures come to a network. */
export interface NetworkInput extends Size {
  readonly fit: Fit;
}

/**
 * A picture for people to look at.
 *
 * @throws {DataError} what `readPicture` throws.
 */
export async function viewOf(image: DataFile | Picture, input: NetworkInput): Promise<PictureView> {
  const isFile = "bytes" in image;
  const whole = isFile ? await readPicture(image) : image;
  const shown = shownSize(whole);
  const pixels = await sharp(whole.pixels, { raw: { width: whole.width, height: whole.height, channels: 3 } })
    .resize({ ...shown, fit: "fill" })
    .raw()
    .toBuffer();
  return {
    picture: { name: image.name, ...shown, pixels },
    // What has its pixels already is taken as it is.
    seen: isFile ? seenArea(shown, input) : { left: 0, top: 0, ...shown },
  };
}

/** The size in which a picture is shown. */
export function shownSize({ width, height }: Size): Size {
  const scale = longerSide / Math.max(width, height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** The part of a picture that reaches a network: all of it, or with `cover` the middle that has the network's shape. */
export function seenArea({ width, height }: Size, input: NetworkInput): Area {
  if (input.fit === "squeeze") return { left: 0, top: 0, width, height };
  const scale = Math.min(width / input.width, height / input.height);
  const seen = {
    width: Math.max(1, Math.round(input.width * scale)),
    height: Math.max(1, Math.round(input.height * scale)),
  };
  return {
    left: Math.floor((width - seen.width) / 2),
    top: Math.floor((height - seen.height) / 2),
    ...seen,
  };
}
