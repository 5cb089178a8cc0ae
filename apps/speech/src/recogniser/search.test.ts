import { SpeechLabels } from "@timestep/speech";
import { describe, expect, it } from "vitest";
import { type OwnFlags } from "@timestep/cli-kit";
import { searchOf } from "./search.js";

const labels = SpeechLabels.collect(["yes no"], "words");

describe("flags of a search", () => {
  it("take the likeliest path, or what is asked for", async () => {
    expect(await searchOf({}, labels)).toEqual({
      options: { decoding: "ctc", beam: 0, nBest: 1 },
      signature: "decode:ctc",
    });
    expect(await searchOf({ beam: "8", nbest: "3" }, labels)).toEqual({
      options: { decoding: "ctc", beam: 8, nBest: 3 },
      signature: "decode:ctc beam:8",
    });
    expect((await searchOf({ decode: "trim" }, labels)).options.decoding).toBe("trim");
  });

  it("say which beam is taken where words are expected, unless one is asked for", async () => {
    const hot = await searchOf({ hotWords: "yes, no,yes", nbest: "2" }, labels);
    expect(hot).toMatchObject({
      options: { beam: 32, nBest: 2, bonus: { score: 0 } },
      signature: "decode:ctc beam:32 hot:2 boost:3",
      note: "--hot-words needs a search: --beam 32 is taken.",
    });
    const asked = await searchOf({ hotWords: "no", hotWeight: "1.5", beam: "4" }, labels);
    expect(asked).toMatchObject({ options: { beam: 4 }, signature: "decode:ctc beam:4 hot:1 boost:1.5" });
    expect(asked).not.toHaveProperty("note");
  });

  it.each<[OwnFlags, string, RegExp]>([
    [{ beam: "0" }, "FLAG_VALUE", /--beam 0: expected a whole number from 1 to 10000/],
    [{ beam: "many" }, "FLAG_VALUE", /--beam many/],
    [{ nbest: "2" }, "FLAG_VALUE", /--nbest 2: a beam of 0 has no 2 readings/],
    [{ decode: "best" }, "FLAG_VALUE", /--decode best: expected one of ctc, trim/],
    [{ decode: "trim", beam: "4" }, "FLAG_CONTRADICTION", /--decode trim and --beam/],
    [{ decode: "trim", hotWords: "no" }, "FLAG_CONTRADICTION", /--decode trim and --hot-words/],
    [{ lmWeight: "1" }, "FLAG_ALONE", /--lm-weight is given without --lm/],
    [{ wordBonus: "1" }, "FLAG_ALONE", /--word-bonus is given without --lm/],
    [{ hotWeight: "1" }, "FLAG_ALONE", /--hot-weight is given without --hot-words/],
    [{ hotWords: " , " }, "FLAG_VALUE", /there is no word in it/],
    [{ hotWords: "no", hotWeight: "-1" }, "FLAG_VALUE", /--hot-weight -1: expected a number of at least 0/],
    [{ hotWords: "no", hotWeight: "0" }, "CTC_HOT_WORDS", /boost 0/],
    [{ hotWords: "maybe" }, "SPEECH_ALPHABET", /"maybe"/],
    [{ lm: "none.arpa" }, "LM_NOT_FOUND", /--lm none\.arpa: there is no such file/],
  ])("are refused: %j", async (flags, code, message) => {
    await expect(searchOf(flags, labels)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });
});
