/** One recorded result: a recipe trained once and scored once on its test split. */
export interface ResultRow {
  readonly app: string;
  readonly recipe: string;
  readonly split: string;
  /** Percentages. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly baseline: Readonly<Record<string, number>>;
  /** Simple methods besides, each with its name. */
  readonly baselines?: readonly {
    readonly name: string;
    readonly metrics: Readonly<Record<string, number>>;
  }[];
  /** What the metrics are the mean of, where a recipe was trained for several values of a setting. */
  readonly parts?: readonly { readonly name: string; readonly metrics: Readonly<Record<string, number>> }[];
  /** Signature of the scores. */
  readonly settings: string;
  readonly examples: number;
  readonly seed: number;
  readonly minutes: number;
  readonly epochs: number;
  readonly engine: string;
  readonly machine: string;
  readonly commit: string;
  /** SHA-256 by file. */
  readonly data: Readonly<Record<string, string>>;
  readonly published: string;
}

/** `docs/results.md` from its rows. */
export function renderResults(rows: readonly ResultRow[]): string {
  const apps = [...new Set(rows.map(({ app }) => app))];
  return [
    "# Results",
    "",
    "Written by `npm run results -- APP RECIPE`, which trains a recipe and scores it once on its test split. Weights are",
    "chosen on the dev split; where a recipe trains on that split too (`trainOnDev`), they are those of the last epoch, and",
    "its number of epochs was chosen on the dev split before. Where a recipe is trained for each value of a setting",
    "(`--each`), its row is their mean. Times are of a shared machine and vary with its load.",
    "",
    ...apps.flatMap((app) =>
      section(
        app,
        rows.filter((row) => row.app === app),
      ),
    ),
  ].join("\n");
}

function section(app: string, rows: readonly ResultRow[]): string[] {
  const names = [...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))];
  const head = ["recipe", "seed", ...names, "minutes", "epochs", "engine", "commit"];
  const table = rows.flatMap((row) => [
    [
      row.recipe,
      row.seed,
      ...names.map((name) => shown(row.metrics[name])),
      row.minutes.toFixed(1),
      row.epochs,
      row.engine,
      row.commit,
    ],
    ...[...(row.parts ?? []), { name: "baseline", metrics: row.baseline }, ...(row.baselines ?? [])].map(
      (simple) => [
        `${row.recipe}, ${simple.name}`,
        "",
        ...names.map((name) => shown(simple.metrics[name])),
        ...["", "", "", ""],
      ],
    ),
  ]);
  return [
    `## ${app}`,
    "",
    line(head),
    line(head.map(() => "---")),
    ...table.map(line),
    "",
    ...rows.flatMap((row) => [
      `**${row.recipe}** (seed ${row.seed}): ${row.examples} ${row.split} examples; ${row.settings}; ${row.machine}.`,
      ...(row.published === "" ? [] : [`Published: ${row.published}.`]),
      `Data: ${checksums(row.data)}.`,
      "",
    ]),
  ];
}

function line(cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

function shown(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(2);
}

/** Short checksums, enough to tell two versions apart. */
function checksums(data: Readonly<Record<string, string>>): string {
  return Object.entries(data)
    .map(([file, sum]) => `\`${file}\` ${sum.slice(0, 12)}`)
    .join(", ");
}
