/** All that training depends on beside the rows. */
export const settings = {
  seed: 8,
  /** A term counts if this many rows of this many sources use it: one collection's phrases are not learned. */
  minRows: 4,
  minSources: 3,
  /** Pull of each weight towards what the written cues say; of the bias, that times the second. */
  pull: 0.0004,
  biasPull: 200,
  /** Evidence that a point of a written cue stands for before anything is learned; 0 = no cues. */
  cueScale: 0.45,
  /** 0 = each row counts alike, 1 = each source (of a type), each type does. */
  sourceEvenness: 0.5,
  typeEvenness: 0.7,
  steps: 40,
  /** Short pieces read of each longer prompt, beside its front. */
  pieces: 2,
  norm: 0.25,
  /** Sentences of the grammar for each type. */
  grammar: 60,
}
export type Settings = typeof settings

/** Without what people wrote: for the report. */
export const learnedOnly: Settings = { ...settings, cueScale: 0, grammar: 0, biasPull: 1 }

/** The written cues as they stand, nothing learned: for the report. */
export const cuesOnly: Settings = { ...settings, steps: 0, minSources: Number.POSITIVE_INFINITY, pieces: 0 }
