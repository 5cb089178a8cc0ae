import { type DataFile, type Split } from "@timestep/data";
import { type Picture } from "../picture.js";

/** A picture with what people say of it. */
export interface CaptionExample {
  /** What the corpus calls it, usually its file. */
  readonly name: string;
  /** A file that is still unread, or a picture that has its pixels already. */
  readonly image: DataFile | Picture;
  /** At least one in a split that is learnt from or scored. */
  readonly captions: readonly string[];
}

/** How captions are laid out in files. */
export const captionFormats = ["karpathy", "flickr", "jsonl", "sidecar", "sheets"] as const;

/** One of {@link captionFormats}. */
export type CaptionFormat = (typeof captionFormats)[number];

/** Pictures with captions, by split. */
export interface CaptionCorpus {
  readonly name: string;
  readonly format: CaptionFormat;
  readonly splits: Readonly<Partial<Record<Split, CaptionExample[]>>>;
  /** SHA-256 of the files of captions, by name. */
  readonly checksums: Readonly<Record<string, string>>;
  /** What was left out or looks odd. */
  readonly warnings: readonly string[];
}

/** Captions as a reader finds them, before their pictures are looked for. */
export interface CaptionRecord {
  /** Path or name of the picture as the file says it. */
  readonly picture: string;
  readonly captions: readonly string[];
  /** Undefined where the file does not say. */
  readonly split: Split | undefined;
  /** File and line, for messages. */
  readonly where: string;
}

/** What a reader gives. */
export interface CaptionRecords {
  readonly records: readonly CaptionRecord[];
  readonly checksums: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}
