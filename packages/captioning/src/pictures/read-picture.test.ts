import { memoryFile } from "@timestep/data";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { type Picture } from "../picture.js";
import { pictureSize, readPicture, type ReadPictureOptions } from "./read-picture.js";

type Colour = [number, number, number];
const [red, green, blue, white]: [Colour, Colour, Colour, Colour] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
];

/** Rows of equal squares of one colour each, enlarged so that lossy formats keep them. */
function squares(rows: readonly (readonly Colour[])[], side = 16): ReturnType<typeof sharp> {
  const [height, width] = [rows.length * side, (rows[0]?.length ?? 0) * side];
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const colour = rows[Math.floor(i / width / side)]?.[Math.floor((i % width) / side)] as Colour;
    pixels.set(colour, 3 * i);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

function read(bytes: Uint8Array, options: ReadPictureOptions, name = "picture"): Promise<Picture> {
  return readPicture(memoryFile(name, new Uint8Array(bytes)), options);
}

function pixelAt({ width, pixels }: Picture, x: number, y: number): number[] {
  return [...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

function expectColour(picture: Picture, x: number, y: number, colour: readonly number[], within = 6): void {
  pixelAt(picture, x, y).forEach((value, i) => {
    expect(
      Math.abs(value - (colour[i] as number)),
      `${x}, ${y}: ${pixelAt(picture, x, y).join(" ")}`,
    ).toBeLessThanOrEqual(within);
  });
}

describe("readPicture", () => {
  it("gives the very pixels of a lossless picture of the right size", async () => {
    const source = squares([
      [red, green],
      [blue, white],
    ]);
    const picture = await read(await source.png().toBuffer(), { width: 32, height: 32 });
    expect(picture).toMatchObject({ name: "picture", width: 32, height: 32 });
    expect(picture.pixels).toEqual(new Uint8Array(await source.raw().toBuffer()));
  });

  it.each(["jpeg", "png", "webp"] as const)("reads %s, whatever the file is called", async (format) => {
    const bytes = await squares([
      [red, green],
      [blue, white],
    ])
      .toFormat(format, { quality: 100 })
      .toBuffer();
    const picture = await read(bytes, { width: 32, height: 32 }, "a.txt");
    expectColour(picture, 5, 5, red);
    expectColour(picture, 26, 5, green);
    expectColour(picture, 5, 26, blue);
    expectColour(picture, 26, 26, white);
  });

  // EXIF: 6 is a camera held upright whose picture must be turned right, 3 one held upside down, 2 a mirror.
  it.each<[number, [Colour, Colour, Colour, Colour]]>([
    [1, [red, green, blue, white]],
    [2, [green, red, white, blue]],
    [3, [white, blue, green, red]],
    [6, [blue, red, white, green]],
    [8, [green, white, red, blue]],
  ])("turns a picture with EXIF orientation %i", async (orientation, corners) => {
    const bytes = await squares([
      [red, green],
      [blue, white],
    ])
      .withMetadata({ orientation })
      .png()
      .toBuffer();
    const picture = await read(bytes, { width: 32, height: 32 });
    corners.forEach((colour, i) => expectColour(picture, i % 2 ? 26 : 5, i < 2 ? 5 : 26, colour, 1));
  });

  it("lets white through where a picture is transparent", async () => {
    const pixels = new Uint8Array(4 * 4 * 4).map(
      (_, i) => (i < 32 ? [255, 0, 0, 255] : [255, 0, 0, 0])[i % 4] as number,
    );
    const raw = { width: 4, height: 4, channels: 4 } as const;
    const picture = await read(await sharp(pixels, { raw }).png().toBuffer(), { width: 4, height: 4 });
    expect(pixelAt(picture, 0, 0)).toEqual(red);
    expect(pixelAt(picture, 0, 3)).toEqual(white);
    const half = await sharp(
      new Uint8Array(64).map((_, i) => [0, 0, 0, 128][i % 4] as number),
      { raw },
    )
      .png()
      .toBuffer();
    expectColour(await read(half, { width: 4, height: 4 }), 1, 1, [127, 127, 127], 1);
  });

  it("gives grey pictures three equal channels, and 16 bits the upper eight", async () => {
    const grey = sharp(new Uint8Array(16).fill(90), { raw: { width: 4, height: 4, channels: 1 } });
    expect(pixelAt(await read(await grey.png().toBuffer(), { width: 4, height: 4 }), 2, 2)).toEqual([
      90, 90, 90,
    ]);
    const deep = sharp(new Uint16Array(48).fill(200 * 257), { raw: { width: 4, height: 4, channels: 3 } });
    const bytes = await deep.toColourspace("rgb16").png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe("ushort");
    expectColour(await read(bytes, { width: 4, height: 4 }), 2, 2, [200, 200, 200], 1);
  });

  it("cuts what stands over evenly, or squeezes", async () => {
    const bytes = await squares([[red, green, green, blue]])
      .png()
      .toBuffer(); // 64×16
    const covered = await read(bytes, { width: 16, height: 16 });
    for (const x of [0, 7, 8, 15]) expectColour(covered, x, 8, green, 40);
    const squeezed = await read(bytes, { width: 16, height: 16, fit: "squeeze" });
    expectColour(squeezed, 1, 8, red, 20);
    expectColour(squeezed, 8, 8, green, 20);
    expectColour(squeezed, 14, 8, blue, 20);
    const larger = await read(bytes, { width: 128, height: 32 });
    expect([larger.width, larger.height, larger.pixels.length]).toEqual([128, 32, 128 * 32 * 3]);
  });

  it("refuses a picture by the size in its header, without decoding it", async () => {
    // A header that claims 20000×20000 pixels, and nothing behind it that could be decoded.
    const bytes = new Uint8Array(
      await squares([[red]])
        .png()
        .toBuffer(),
    );
    const view = new DataView(bytes.buffer);
    view.setUint32(16, 20_000);
    view.setUint32(20, 20_000);
    view.setUint32(29, crc32(bytes.subarray(12, 29)));
    await expect(read(bytes, { width: 8, height: 8 }, "huge.png")).rejects.toMatchObject({
      code: "PICTURE_TOO_LARGE",
      message: expect.stringContaining('"huge.png" has 20000×20000 pixels; at most 50000000') as string,
    });
    const small = await squares([[red]])
      .png()
      .toBuffer();
    await expect(read(small, { width: 8, height: 8, maxPixels: 255 })).rejects.toThrow("PICTURE_TOO_LARGE");
    expect((await read(small, { width: 8, height: 8, maxPixels: 256 })).width).toBe(8);
  });

  it("tells the size of a picture from its header alone", async () => {
    const bytes = new Uint8Array(
      await squares([[red, green]])
        .png()
        .toBuffer(),
    );
    expect(await pictureSize(memoryFile("a.png", bytes))).toEqual({ width: 32, height: 16 });
    // A header that claims 7000×7000 pixels: whoever decoded it would find that they are not there.
    const view = new DataView(bytes.buffer);
    view.setUint32(16, 7000);
    view.setUint32(20, 7000);
    view.setUint32(29, crc32(bytes.subarray(12, 29)));
    const claims = memoryFile("claims.png", bytes);
    expect(await pictureSize(claims)).toEqual({ width: 7000, height: 7000 });
    await expect(readPicture(claims)).rejects.toThrow("PICTURE_DAMAGED");
    await expect(pictureSize(claims, { maxPixels: 1e6 })).rejects.toThrow("PICTURE_TOO_LARGE");
    await expect(pictureSize(memoryFile("b.png", new Uint8Array(2)))).rejects.toThrow("PICTURE_FORMAT");
  });

  it.each(["jpeg", "png", "webp"] as const)("says that a %s is cut short", async (format) => {
    const noise = new Uint8Array(96 * 96 * 3).map((_, i) => (i * 7919) % 251);
    const whole = await sharp(noise, { raw: { width: 96, height: 96, channels: 3 } })
      .toFormat(format)
      .toBuffer();
    for (const share of [0.3, 0.6, 0.9]) {
      const cut = whole.subarray(0, Math.floor(whole.length * share));
      await expect(read(cut, { width: 96, height: 96 }, `cut.${format}`)).rejects.toMatchObject({
        code: "PICTURE_DAMAGED",
        message: expect.stringContaining(`"cut.${format}"`) as string,
      });
    }
  });

  it.each([
    ["notes.jpg", "not a picture at all", "begins with 6e 6f 74"],
    [
      "drawing.png",
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
      "begins with 3c 73 76 67",
    ],
    ["old.jpg", "GIF89a", "begins with 47 49 46"],
    ["empty.webp", "", "it is empty"],
  ])("refuses %s, which is something else", async (name, text, part) => {
    await expect(readPicture(memoryFile(name, text), { width: 8, height: 8 })).rejects.toMatchObject({
      code: "PICTURE_FORMAT",
      message: expect.stringMatching(new RegExp(`"${name}".*${part}`)) as string,
    });
  });

  it("keeps a picture's own size, after turning it, where none is given", async () => {
    const bytes = await squares([[red, green, blue]])
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const picture = await read(bytes, {});
    expect([picture.width, picture.height]).toEqual([16, 48]);
    [red, green, blue].forEach((colour, i) => expectColour(picture, 8, 8 + 16 * i, colour, 0));
    await expect(read(bytes, { height: 8 })).rejects.toThrow("width and height must be given together");
  });

  it.each([{ width: 0 }, { height: 2.5 }, { maxPixels: -1 }])("refuses %j", async (wrong) => {
    await expect(read(new Uint8Array(), { width: 8, height: 8, ...wrong })).rejects.toThrow("PICTURE_SIZE");
  });
});

/** The checksum of PNG's chunks. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
