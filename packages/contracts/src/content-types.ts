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
  source: 'hint' | 'model' | 'rules'
  /** Labels that the job may be; floors of all of them apply. One entry when the label is certain. */
  plausible: readonly ContentType[]
  /** The words of the prompt that spoke most for the likeliest label; none beside a hint. */
  words?: readonly string[]
}
