import type { ContentType } from '@halftone/contracts'

/** One thing to have drawn by every model that is compared. */
export interface SuitePrompt {
  id: string
  contentType: ContentType
  prompt: string
  /** To be read in the picture, spelled like this. Empty: nothing can be checked without a judge. */
  words: readonly string[]
  /** Things that are counted out, for a judge; null: none. */
  count: number | null
}

type Line = readonly [prompt: string, count?: number]

/** Ours, short, and each stands alone. The first of a type tell most: a small budget buys those. */
const lines: Record<ContentType, readonly Line[]> = {
  text_poster: [
    ['A poster for a summer concert that reads "MUSIC BY THE RIVER"'],
    ['A bakery window sign that says "FRESH BREAD DAILY", warm light'],
    ['A plain travel poster with the headline "VISIT THE NORTH COAST"'],
    ['A flyer for a school play, large letters: "THE PAPER KINGDOM"'],
    ['A sale banner with two lines, "HALF PRICE" and "ONLY THIS WEEK"'],
    ['A book cover with the title "A Quiet Winter" and the name "Nora Field"'],
    ['A cinema poster, bold type, that reads "LAST TRAIN HOME"'],
    ['A door sign that says "Please knock twice"'],
    ['A market stall board that reads "APPLES AND PEARS"'],
    ['A running club flyer with the words "SATURDAY AT NINE"'],
  ],
  logo: [
    ['A logo for a coffee roaster, with the name "Copper Bean"'],
    ['A wordmark logo that spells "NORDLIGHT" in clean capitals'],
    ['A round emblem for a bicycle shop named "Two Wheels"'],
    ['A logo with a mountain and the name "Highpath"'],
    ['A monogram logo for a law office, the letters "KMB" below a line'],
    ['A logo for a toy maker that reads "Little Fox"'],
  ],
  infographic: [
    ['An infographic with three steps, labelled "Plan", "Build" and "Test"'],
    ['A bar chart with the title "Rain by month" and flat colours'],
    ['A diagram of a plant with the labels "Leaf", "Stem" and "Root"'],
    ['A timeline infographic with the heading "A short history of tea"'],
    ['A pie chart with the title "Where the money goes"'],
  ],
  ui_icon: [
    ['A login screen of a mobile app with a button that says "Sign in"'],
    ['A settings page of an app, UI mock-up, headed "Notifications"'],
    ['A shop app screen, UI design, with a button labelled "Add to cart"'],
    ['A weather app UI that shows the word "Cloudy"'],
    ['A music player screen, UI, with the title "Evening Songs"'],
  ],
  product_photo: [
    ['A studio product photo of exactly three glass bottles on white', 3],
    ['A product photo of a leather shoe on a stone block, soft shadow'],
    ['A product photo of exactly two ceramic mugs, one blue, one grey', 2],
    ['A packshot of a perfume bottle, low key light'],
  ],
  portrait: [
    ['A portrait photo of an old fisherman in rain, natural light'],
    ['A head shot of a young engineer, plain background'],
    ['A portrait of a chef laughing in a busy kitchen'],
    ['A black and white portrait of a woman with freckles'],
  ],
  photo_scene: [
    ['A photo of a harbour at dawn with exactly four boats', 4],
    ['A photo of a city street after rain, evening'],
    ['A mountain lake in autumn, clear sky, photo'],
    ['A photo of exactly five apples on a wooden table', 5],
  ],
  illustration: [
    ['A watercolour illustration of a hedgehog under a mushroom'],
    ['A flat vector illustration of exactly three trees on a hill', 3],
    ['A pencil drawing of an old bridge'],
    ['A story-book painting of a bear who reads'],
  ],
  anime_comic: [
    ['An anime girl on a rooftop at sunset, city below'],
    ['A comic panel: a superhero lands in a puddle'],
    ['A chibi cat with exactly two balloons', 2],
  ],
  render_3d: [
    ['An isometric 3D render of a tiny bakery'],
    ['A clay render of exactly four round stones', 4],
    ['A low poly 3D render of a desert island'],
  ],
  concept_art: [
    ['Concept art of a floating castle above a sea of clouds'],
    ['A spaceship graveyard on a frozen planet, concept art'],
    ['A fantasy market inside a hollow tree, epic light'],
  ],
}

export const suite: readonly SuitePrompt[] = Object.entries(lines).flatMap(([contentType, own]) =>
  own.map(([prompt, count], i) => ({
    id: `${contentType}-${i + 1}`,
    contentType: contentType as ContentType,
    prompt,
    words: [...prompt.matchAll(/"([^"]+)"/g)].map(([, words]) => words ?? ''),
    count: count ?? null,
  })),
)

/** The prompts of these types, `perType` of each, in rounds: one of every type, then the next of every type. */
export function promptsFor(types: readonly ContentType[], perType: number): SuitePrompt[] {
  const byType = types.map((type) =>
    suite.filter(({ contentType }) => contentType === type).slice(0, perType),
  )
  const rounds = Math.max(0, ...byType.map((own) => own.length))
  return Array.from({ length: rounds }, (_, round) => byType.flatMap((own) => own[round] ?? [])).flat()
}

/** Types whose pictures can be checked without anybody looking at them. */
export const checkedByReading: readonly ContentType[] = [
  ...new Set(suite.filter(({ words }) => words.length > 0).map(({ contentType }) => contentType)),
]
