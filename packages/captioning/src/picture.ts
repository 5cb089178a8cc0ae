/** A decoded picture: rows from the top, pixels from the left, red, green and blue as bytes. */
export interface Picture {
  /** What errors call it, usually the name of its file. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** [height, width, 3]. */
  readonly pixels: Uint8Array;
}
