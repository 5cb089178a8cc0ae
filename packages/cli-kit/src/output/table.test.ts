import { describe, expect, it } from "vitest";
import { formatTable } from "./table.js";

describe("formatTable", () => {
  it("aligns numbers under each other and leaves no blanks at line ends", () => {
    const table = {
      title: "types",
      columns: ["type", "f1", "count"],
      rows: [
        ["city", 9.5, 3],
        ["date", 100, null],
      ],
    };
    expect(formatTable(table).split("\n")).toEqual([
      "types",
      "type      f1  count",
      "city    9.50      3",
      "date  100.00      -",
    ]);
  });

  it("counts wide characters as two columns", () => {
    const lines = formatTable({
      columns: ["a", "b"],
      rows: [
        ["台北", "x"],
        ["ab", "y"],
      ],
    }).split("\n");
    expect(lines).toEqual(["a     b", "台北  x", "ab    y"]);
  });
});
