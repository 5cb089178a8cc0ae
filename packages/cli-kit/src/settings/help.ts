import { type z } from "zod";
import { settingLines, settingTree } from "./schema.js";

/** The settings as `--help` lists them: name, default, what it is. */
export function settingsHelp(schema: z.ZodType, width = 100): string {
  const lines = settingLines(settingTree(schema)).map((line) => ({
    name: line.path,
    value: line.default === undefined ? "-" : JSON.stringify(line.default),
    about: [line.description, `[${line.expected}]`].filter((part) => part !== "").join(" "),
  }));
  const nameWidth = Math.max(0, ...lines.map(({ name }) => name.length));
  const valueWidth = Math.min(16, Math.max(7, ...lines.map(({ value }) => value.length)));
  const indent = 2 + nameWidth + 2 + valueWidth + 2;
  const rows = lines.map(({ name, value, about }) => {
    const head = `  ${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  `;
    return wrap(about, Math.max(30, width - indent), head, " ".repeat(indent));
  });
  const heading = `  ${"setting".padEnd(nameWidth)}  ${"default".padEnd(valueWidth)}  meaning`;
  return [`Settings (in a config file, or with --set NAME=VALUE):`, heading, ...rows].join("\n");
}

function wrap(text: string, width: number, head: string, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((part, index) => (index === 0 ? head : indent) + part).join("\n");
}
