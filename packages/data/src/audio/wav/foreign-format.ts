/** What some bytes that are no WAV file seem to be, in words. */
export function foreignFormat(bytes: Uint8Array): string {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  for (const [pattern, name] of KNOWN) if (pattern.test(start)) return name;
  const [first = 0, second = 0] = bytes;
  // Eleven bits set start a frame of MPEG audio; layer bits 00 are reserved there and mean AAC instead.
  if (first === 0xff && (second & 0xe0) === 0xe0) return (second & 0x06) === 0 ? "AAC" : "MP3";
  const head = bytes.subarray(0, 256);
  if (head.every((byte) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13))
    return "text";
  return "no sound format that is known here";
}

const KNOWN: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^ID3/, "MP3"],
  [/^OggS/, "Ogg (Vorbis or Opus)"],
  [/^fLaC/, "FLAC"],
  [/^FORM[^]{4}AIF/, "AIFF"],
  [/^\.snd/, "AU"],
  [/^NIST_1A/, "NIST SPHERE"],
  [/^[^]{4}ftyp/, "MPEG-4 audio"],
  [/^\x1aE\xdf\xa3/, "Matroska or WebM"],
  [/^(RF64|BW64)/, "RF64, the form of WAV for files above 4 GB"],
  [/^RIFF/, "another kind of RIFF file"],
  [/^PK\x03\x04/, "a ZIP archive"],
  [/^\x1f\x8b/, "a gzip archive"],
];
