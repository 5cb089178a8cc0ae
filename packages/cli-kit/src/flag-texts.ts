/** What the help says of flags that several verbs have. */
export const texts = {
  data: "a file, a folder, or a name in ./data or in the folder that TIMESTEP_DATA names",
  engine: "auto, cuda, native, wasm, webgpu or cpu (default: TIMESTEP_ENGINE, else auto)",
  format: "reader of the data (default: chosen by what the data holds)",
  json: "print JSON on stdout",
  quiet: "no progress on stderr",
  set: "change settings; values are typed by the settings below",
} as const;
