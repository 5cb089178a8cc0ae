import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { invalidUtf8Offset, readText, readTextFile } from "./read-text.js";
import { memoryFile, sha256 } from "./source.js";

describe("readText", () => {
  it("drops a byte order mark and turns CRLF and CR into LF", async () => {
    expect(await readText(memoryFile("a.txt", "\uFEFFone\r\ntwo\rthree\n"))).toBe("one\ntwo\nthree\n");
  });

  it("unpacks gzip", async () => {
    expect(await readText(memoryFile("a.txt.gz", gzipSync("Zürich\n")))).toBe("Zürich\n");
  });

  it("says when a gzip file is cut short", async () => {
    const cut = gzipSync("a long enough text ".repeat(50)).subarray(0, 30);
    await expect(readText(memoryFile("a.gz", cut))).rejects.toMatchObject({ code: "DATA_GZIP" });
  });

  it("names byte offset and line of what is not UTF-8", async () => {
    const latin = Uint8Array.from([0x61, 0x0d, 0x0a, 0x62, 0x0a, 0x63, 0xfc, 0x72]);
    await expect(readText(memoryFile("latin.txt", latin))).rejects.toMatchObject({
      code: "DATA_ENCODING",
      message: expect.stringContaining("latin.txt, line 3: byte 0xfc at offset 6") as string,
    });
  });

  it("recognises UTF-16 by its byte order mark", async () => {
    const bytes = Uint8Array.from([0xff, 0xfe, 0x61, 0x00]);
    await expect(readText(memoryFile("a.txt", bytes))).rejects.toThrow("UTF-16");
  });

  it("takes the checksum of the bytes as stored", async () => {
    const packed = gzipSync("abc");
    const { text, sha256: sum } = await readTextFile(memoryFile("a.gz", packed));
    expect(text).toBe("abc");
    expect(sum).toBe(await sha256(packed));
  });
});

describe("sha256", () => {
  it("gives the digest of FIPS 180-2, appendix B.1", async () => {
    expect(await sha256(new TextEncoder().encode("abc"))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
});

describe("invalidUtf8Offset", () => {
  it("agrees with the platform's strict decoder on any bytes", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const lead = fc.constantFrom(
      0x41,
      0x80,
      0xbf,
      0xc0,
      0xc2,
      0xdf,
      0xe0,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0x9f,
      0xa0,
      0x90,
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.array(lead, { maxLength: 8 }), (any, picked) => {
        for (const bytes of [any, Uint8Array.from(picked)]) {
          const offset = invalidUtf8Offset(bytes);
          expect(() => strict.decode(bytes.subarray(0, offset))).not.toThrow();
          if (offset < bytes.length) expect(() => strict.decode(bytes)).toThrow();
        }
      }),
      { numRuns: 2000 },
    );
  });
});
