import {
  type EncodeOptions,
  type Piece,
  type PreparedText,
  prepareText,
  restoreText,
  type Segmenter,
  type TextForm,
} from "@timestep/data";

/** One side of a corpus as the model sees it: how its texts become units, and units become text. */
export class Side {
  readonly form: TextForm;
  readonly segmenter: Segmenter;

  constructor(form: TextForm, segmenter: Segmenter) {
    this.form = form;
    this.segmenter = segmenter;
  }

  /** A text in the form that is cut into units: words between single blanks. */
  prepare(text: string): PreparedText {
    return prepareText(text, this.form);
  }

  /** A prepared text as people write it. */
  restore(prepared: string): string {
    return restoreText(prepared, this.form);
  }

  /** The ids of a text as people write it. */
  ids(text: string, options?: EncodeOptions): number[] {
    return this.segmenter.encodeIds(this.prepare(text).text, options);
  }

  /** The units of a text that is prepared already, with their places in it. */
  pieces(prepared: string): Piece[] {
    return this.segmenter.encode(prepared);
  }
}

/** Both sides: all that a translator must remember beside its weights. */
export interface Sides {
  readonly source: Side;
  readonly target: Side;
}
