import { type Random } from "@timestep/base";

/** Captions in tokens, of each picture. */
export type TokensByPicture = readonly (readonly (readonly number[])[])[];

/** True captions that are learnt together. */
export interface CaptionLesson {
  readonly kind: "captions";
  /** Rows of the training pictures. */
  readonly pictures: readonly number[];
  readonly captions: readonly (readonly number[])[];
  /** For each caption the place of its picture in the lesson. */
  readonly pictureOf: Int32Array;
  /** The share of true words that the decoder reads. */
  readonly trueTokens: number;
}

/** Pictures of which captions are still to be drawn. */
export interface DrawLesson {
  readonly kind: "draw";
  readonly pictures: readonly number[];
  readonly count: number;
}

/** Drawn captions, and what each is worth. */
export interface RewardLesson extends Omit<CaptionLesson, "kind" | "trueTokens"> {
  readonly kind: "rewards";
  readonly rewards: Float32Array;
}

/** What is learnt in one step. */
export type Lesson = CaptionLesson | DrawLesson | RewardLesson;

/** How many captions lessons have. */
export interface LessonSizes {
  /** Most captions of a lesson; those of a picture stay together, so one that has more is a lesson alone. */
  readonly batchSize: number;
  /** Most captions of a picture. */
  readonly each: number;
}

/** True captions of all pictures in a new order; of those that have more than `each`, as many are drawn. */
export function captionLessons(
  captions: TokensByPicture,
  { batchSize, each }: LessonSizes,
  random: Random,
): Omit<CaptionLesson, "trueTokens">[] {
  const draws = random.fork("captions");
  const chosen = new Map(
    rowsInNewOrder(captions, random).map((row) => {
      const own = captions[row] as readonly (readonly number[])[];
      return [row, own.length <= each ? own : draws.shuffled(own).slice(0, each)];
    }),
  );
  const groups = grouped([...chosen.keys()], (row) => chosen.get(row)?.length ?? 0, batchSize);
  return groups.map((pictures) => {
    const own = pictures.map((row) => chosen.get(row) ?? []);
    const pictureOf = Int32Array.from(own.flatMap((some, place) => some.map(() => place)));
    return { kind: "captions", pictures, captions: own.flat(), pictureOf };
  });
}

/** All pictures in a new order, for `each` captions that will be drawn of every one. */
export function drawLessons(
  captions: TokensByPicture,
  { batchSize, each }: LessonSizes,
  random: Random,
): DrawLesson[] {
  const groups = grouped(rowsInNewOrder(captions, random), () => each, batchSize);
  return groups.map((pictures) => ({ kind: "draw", pictures, count: pictures.length * each }));
}

/**
 * The places of captions in the order in which they are learnt, the longest first: a decoder's steps go as far down as the
 * last caption that has not ended.
 */
export function longestFirst(captions: readonly (readonly number[])[]): number[] {
  const lengthOf = (place: number): number => captions[place]?.length ?? 0;
  return [...captions.keys()].sort((a, b) => lengthOf(b) - lengthOf(a));
}

/** The pictures that have captions. */
function rowsInNewOrder(captions: TokensByPicture, random: Random): number[] {
  const rows = [...captions.keys()].filter((row) => captions[row]?.length !== 0);
  return random.fork("pictures").shuffled(rows);
}

/** Rows in groups whose sizes add up to `most` at most. */
function grouped(rows: readonly number[], sizeOf: (row: number) => number, most: number): number[][] {
  const groups: number[][] = [];
  let [group, size]: [number[], number] = [[], 0];
  for (const row of rows) {
    if (group.length > 0 && size + sizeOf(row) > most) {
      groups.push(group);
      [group, size] = [[], 0];
    }
    group.push(row);
    size += sizeOf(row);
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
