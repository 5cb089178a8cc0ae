/** Files by which a run folder is known. Kept apart from `@timestep/training` so that lookups load no tensors. */
export const runFiles = { config: "config.json", model: "model.safetensors" } as const;
