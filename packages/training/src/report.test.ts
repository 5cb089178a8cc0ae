import { describe, expect, it } from "vitest";
import { curveChart, escapeHtml, heatMap, reportHtml, sectionsHtml } from "./report.js";
import { type EvaluationRecord } from "./trainee.js";

const record = (epoch: number, score: number, best: boolean): EvaluationRecord => ({
  epoch,
  step: epoch * 10,
  loss: 1 / epoch,
  gradientNorm: epoch === 2 ? null : 2,
  learningRate: 0.001,
  skipped: 0,
  best,
  minutes: epoch / 10,
  score,
  metrics: { slotF1: score },
});

const hostile = `<script>alert("x")</script> & 'more'`;

describe("tinted texts", () => {
  const page = reportHtml({
    title: "t",
    config: {},
    history: [],
    sections: [
      {
        title: "Words",
        tinted: [
          {
            heading: "gold <b>",
            pieces: [
              { text: "plain & ", tint: 0 },
              { text: "for", tint: 1 },
              { text: "against", tint: -0.5 },
            ],
          },
        ],
      },
    ],
  });

  it("colours pieces by sign and strength, and escapes them", () => {
    expect(page).toContain(
      '<strong>gold &lt;b&gt;</strong> plain &amp; <span style="background:rgba(0,114,178,0.6)">for</span>' +
        '<span style="background:rgba(213,94,0,0.3)">against</span>',
    );
  });
});

describe("report", () => {
  const html = reportHtml({
    title: hostile,
    config: { name: hostile },
    history: [record(1, 50, true), record(2, 71.25, true), record(3, 70, false)],
    sections: [
      { title: hostile, text: hostile, table: { columns: [hostile], rows: [[hostile], [0.123456]] } },
      {
        title: "Confusions",
        svg: heatMap({
          title: hostile,
          rows: [hostile, "b"],
          columns: ["a", "b"],
          values: [
            [3, 0],
            [1, 2],
          ],
        }),
      },
    ],
  });

  it("runs nothing, loads nothing, and escapes all text", () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|<foreignObject|\son\w+=|@import|url\((?!#)/i);
    const outside = html.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "");
    expect(outside).not.toMatch(/https?:/);
    expect(html).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;more&#39;");
  });

  it("says how training went and shows four curves and the task's pictures", () => {
    expect(html).toContain("Best score <strong>71.25</strong> after epoch 2; 30 steps in 18 seconds.");
    expect(html.match(/<svg /g)).toHaveLength(5);
    for (const title of ["Training loss", "Score", "Learning rate", "Gradient norm before clipping"]) {
      expect(html).toContain(`>${title}</text>`);
    }
    expect(html).toContain("0.1235");
  });

  it("is a page also before the first evaluation", () => {
    expect(reportHtml({ title: "t", config: undefined, history: [] })).toContain(
      "Nothing has been evaluated yet.",
    );
  });

  it("escapes the five characters that matter", () =>
    expect(escapeHtml(`<>&"'a`)).toBe("&lt;&gt;&amp;&quot;&#39;a"));
});

describe("charts", () => {
  it("draw a line through the points and break it at gaps", () => {
    const chart = (points: [number, number | null][]) =>
      curveChart({ title: "t", xName: "x", curves: [{ name: "c", points }] });
    const whole = chart([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    const broken = chart([
      [0, 1],
      [1, 2],
      [2, Number.NaN],
      [3, 1],
      [4, 3],
    ]);
    expect(whole).toMatch(/^<svg [^>]*width="640" height="300"/);
    const strokes = (svg: string) =>
      [...svg.matchAll(/<path d="([^"]+)"[^>]*stroke="#0072b2"/g)].map(([, d]) => d);
    expect(strokes(whole)[0]?.match(/M/g)).toHaveLength(1);
    expect(strokes(broken)[0]?.match(/M/g)).toHaveLength(2);
  });

  it("write the numbers of a matrix into its cells, zeros left out", () => {
    const svg = heatMap({
      title: "t",
      rows: ["north", "south"],
      columns: ["east", "west"],
      values: [
        [41, 0],
        [0.125, 7],
      ],
    });
    for (const text of ["north", "south", "east", "west", "41", "0.13", "7"])
      expect(svg).toContain(`>${text}</text>`);
    expect(svg).not.toContain(">0</text>");
  });
});

describe("figures", () => {
  const dot =
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const figure = { image: dot, width: 1, height: 1, alternative: hostile, heading: hostile };

  it("stand in a page of sections alone, their texts escaped", () => {
    const page = sectionsHtml("Gallery", [
      {
        title: "Best",
        figures: [
          { ...figure, note: hostile, lines: [hostile, "plain"] },
          { ...figure, wide: true },
        ],
      },
    ]);
    expect(page).toContain(`<img src="${dot}" width="1" height="1" alt="&lt;script&gt;`);
    expect(page).toContain("<li>plain</li>");
    expect(page.match(/<figure/g)).toHaveLength(2);
    expect(page.match(/<figure class="wide"/g)).toHaveLength(1);
    expect(page).not.toContain("<script");
    expect(page).not.toContain("Config");
  });

  it("hold their pictures themselves: anything else is refused", () => {
    for (const image of ["https://example.org/a.png", `${dot}" onload="x`, "data:text/html;base64,AAAA"]) {
      expect(() => sectionsHtml("Gallery", [{ title: "", figures: [{ ...figure, image }] }])).toThrow(
        "REPORT_FIGURE",
      );
    }
  });
});
