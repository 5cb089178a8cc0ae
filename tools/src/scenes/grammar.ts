/** Names of what a scene may hold, as captions say them. */
export const COLOURS = {
  red: [220, 30, 30],
  green: [30, 150, 50],
  blue: [40, 70, 220],
  yellow: [250, 220, 40],
  orange: [250, 135, 20],
  purple: [140, 50, 170],
  black: [20, 20, 20],
  white: [255, 255, 255],
} as const satisfies Record<string, readonly [number, number, number]>;
export type ColourName = keyof typeof COLOURS;

export const SHAPES = ["circle", "square", "triangle", "diamond", "cross", "star"] as const;
export type ShapeName = (typeof SHAPES)[number];

/** Half of an object's height, in pixels. */
export const SIZES = { small: 6, large: 12 } as const;
export type SizeName = keyof typeof SIZES;

/** Where the only object of a scene may be. */
export const PLACES = [
  "in the middle",
  "in the upper left corner",
  "in the upper right corner",
  "in the lower left corner",
  "in the lower right corner",
] as const;
export type Place = (typeof PLACES)[number];

/** How the first of two objects lies to the second, and the same said of the second. */
export const RELATIONS = {
  above: "below",
  below: "above",
  "to the left of": "to the right of",
  "to the right of": "to the left of",
} as const;
export type Relation = keyof typeof RELATIONS;

export interface SceneObject {
  readonly size: SizeName;
  readonly colour: ColourName;
  readonly shape: ShapeName;
}

/** What a scene shows: an object at a place, or two and how they lie to each other. */
export type SceneFacts =
  | { readonly object: SceneObject; readonly place: Place }
  | { readonly first: SceneObject; readonly relation: Relation; readonly second: SceneObject };

/** All that the grammar says of a scene: four captions, each of them true. */
export function captionsOf(facts: SceneFacts): [string, string, string, string] {
  if ("object" in facts) {
    const { place } = facts;
    const object = phrase(facts.object);
    return [
      `${object} ${place}`,
      `there is ${object} ${place}`,
      `${place} is ${object}`,
      `${place} there is ${object}`,
    ];
  }
  const { relation } = facts;
  const [first, second] = [phrase(facts.first), phrase(facts.second)];
  const forward = `${first} ${relation} ${second}`;
  const backward = `${second} ${RELATIONS[relation]} ${first}`;
  return [forward, backward, `there is ${forward}`, `there is ${backward}`];
}

function phrase({ size, colour, shape }: SceneObject): string {
  return `a ${size} ${colour} ${shape}`;
}
