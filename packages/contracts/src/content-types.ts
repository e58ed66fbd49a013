/** The content types the classifier knows (the labels of the public prompt collection it is trained on). */
export const contentTypes = [
  'anime_comic',
  'concept_art',
  'illustration',
  'infographic',
  'logo',
  'photo_scene',
  'portrait',
  'product_photo',
  'render_3d',
  'text_poster',
  'ui_icon',
] as const

export type ContentType = (typeof contentTypes)[number]

/** Hints that name several labels at once; a label's own name is a hint too. */
export const contentTypeGroups: Record<string, readonly ContentType[]> = {
  photorealistic: ['product_photo', 'portrait', 'photo_scene'],
  typography: ['text_poster'],
}

export const contentTypeHints = [...contentTypes, ...Object.keys(contentTypeGroups)] as [string, ...string[]]

/** What the classifier writes on a job. `unknown` means: apply the strictest floor of the plausible labels. */
export interface Tag {
  label: ContentType | 'unknown'
  confidence: number
  /** `second_opinion`: a chat model chose among the plausible labels; the confidence is still the classifier's own. */
  source: 'hint' | 'model' | 'rules' | 'second_opinion'
  /** Labels that the job may be; floors of all of them apply. One entry when the label is certain. */
  plausible: readonly ContentType[]
  /** The words of the prompt that spoke most for the likeliest label; none beside a hint. */
  words?: readonly string[]
  /** Only on an edit whose caller gave no kind. */
  edit?: EditGuess
}

/** What an edit is about. A caller may ask for more exact kinds, which only some models have. */
export const editKinds = ['background', 'object', 'text', 'style', 'extend'] as const
export type EditKind = (typeof editKinds)[number]

/** What an instruction asks to edit; for reports, never a reason to exclude a model. */
export interface EditGuess {
  /** Null where nothing speaks for one kind alone. */
  kind: EditKind | null
  source: 'rules'
  words: readonly string[]
}
