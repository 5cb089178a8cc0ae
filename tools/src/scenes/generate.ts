import { type Random, seeded } from "@timestep/base";
import {
  type ColourName,
  COLOURS,
  type Place,
  PLACES,
  type Relation,
  RELATIONS,
  type SceneFacts,
  type SceneObject,
  type ShapeName,
  SHAPES,
  SIZES,
  type SizeName,
} from "./grammar.js";

/** Seed of the files in data/scenes. */
export const SCENES_SEED = 1;

/** Pixels of a scene's side. */
export const SIDE = 64;

/** How many scenes each split has. */
export const SCENES = { train: 4000, dev: 200, test: 200 } as const;
export type SceneSplit = keyof typeof SCENES;

/**
 * Colours and shapes that never come together in training: every scene of dev shows at least one of the first four,
 * every scene of test at least one of the last. Each colour and each shape is seen in training with others.
 */
export const HELD_OUT = {
  dev: ["yellow cross", "orange diamond", "black circle", "white square"],
  test: ["red triangle", "blue star", "green circle", "purple square"],
} as const;

/** Objects of one colour differ by how much of black (below 0) or white is mixed in. */
export const SHADES = [-0.2, -0.1, 0, 0.1, 0.2] as const;
export type Shade = (typeof SHADES)[number];

/** An object with its middle, in pixels from the upper left corner. */
export interface Placed extends SceneObject {
  readonly shade: Shade;
  readonly x: number;
  readonly y: number;
}

export interface Scene {
  readonly facts: SceneFacts;
  readonly objects: readonly Placed[];
  readonly background: readonly [number, number, number];
}

/** Of middle brightness, so that black and white stand out alike. */
const BACKGROUNDS = [
  [135, 135, 135],
  [150, 150, 150],
  [120, 120, 120],
  [120, 140, 155],
  [110, 125, 140],
  [155, 140, 120],
  [145, 125, 145],
  [125, 145, 125],
] as const;

const sizes = Object.keys(SIZES) as SizeName[];
const relations = Object.keys(RELATIONS) as Relation[];
const pairs = (Object.keys(COLOURS) as ColourName[]).flatMap((colour) =>
  SHAPES.map((shape) => ({ colour, shape })),
);

/** Scenes of all splits; about a third have one object, the rest two. */
export function generateScenes(seed: number): Record<SceneSplit, Scene[]> {
  const random = seeded(seed).fork("scenes");
  const splits: Record<SceneSplit, Scene[]> = { train: [], dev: [], test: [] };
  for (const split of ["train", "dev", "test"] as const) {
    while (splits[split].length < SCENES[split]) splits[split].push(drawScene(split, random));
  }
  return splits;
}

function drawScene(split: SceneSplit, random: Random): Scene {
  const background = random.pick(BACKGROUNDS);
  const common = pairs.filter((pair) => heldOutFor(pair) === undefined);
  const special = split === "train" ? common : pairs.filter((pair) => heldOutFor(pair) === split);
  const marked = drawObject(random.pick(special), random);
  if (random.integer(3) === 0) {
    const place = random.pick(PLACES);
    const [x, y] = middleOf(place, marked.size, random);
    return {
      facts: { object: marked, place },
      objects: [{ ...marked, shade: random.pick(SHADES), x, y }],
      background,
    };
  }
  const others = [...common, ...special].filter(
    ({ colour, shape }) => colour !== marked.colour || shape !== marked.shape,
  );
  const [first, second] = random.shuffled([marked, drawObject(random.pick(others), random)]) as [
    SceneObject,
    SceneObject,
  ];
  const relation = random.pick(relations);
  return {
    facts: { first, relation, second },
    objects: placePair(first, relation, second, random),
    background,
  };
}

function heldOutFor({ colour, shape }: { colour: ColourName; shape: ShapeName }): "dev" | "test" | undefined {
  const name = `${colour} ${shape}`;
  return (["dev", "test"] as const).find((split) => (HELD_OUT[split] as readonly string[]).includes(name));
}

function drawObject(pair: { colour: ColourName; shape: ShapeName }, random: Random): SceneObject {
  return { size: random.pick(sizes), ...pair };
}

/** A corner's object touches neither edge nor middle. */
function middleOf(place: Place, size: SizeName, random: Random): [number, number] {
  const near = SIZES[size] + 2 + random.integer(5);
  const far = SIDE - 1 - near;
  if (place === "in the middle") return [SIDE / 2 + random.integer(7) - 3, SIDE / 2 + random.integer(7) - 3];
  return [place.includes("left") ? near : far, place.includes("upper") ? near : far];
}

/** Two objects well apart in the direction of their relation, and nearly level in the other. */
function placePair(first: SceneObject, relation: Relation, second: SceneObject, random: Random): Placed[] {
  const least = SIZES.large + 2;
  const along = (): [number, number] => {
    const low = least + random.integer(4);
    return [low, SIDE - 1 - least - random.integer(4)];
  };
  const [near, far] = along();
  const level = SIDE / 2 + random.integer(21) - 10;
  const shift = random.integer(9) - 4;
  const firstIsNear = relation === "above" || relation === "to the left of";
  const [a, b] = firstIsNear ? [near, far] : [far, near];
  const [one, other] = [first, second].map((object) => ({ ...object, shade: random.pick(SHADES) })) as [
    SceneObject & { shade: Shade },
    SceneObject & { shade: Shade },
  ];
  const upright = relation === "above" || relation === "below";
  return upright
    ? [
        { ...one, x: level, y: a },
        { ...other, x: level + shift, y: b },
      ]
    : [
        { ...one, x: a, y: level },
        { ...other, x: b, y: level + shift },
      ];
}
