import type { Scene } from './canvas.ts'
import { animeComic, conceptArt, illustration, render3d } from './scenes/drawn.ts'
import { infographic, logo, textPoster, uiIcon } from './scenes/graphic.ts'
import { photoScene, portrait, productPhoto } from './scenes/photo.ts'

interface Content {
  name: string
  /** Words that give it away, asked in the order below. */
  words: RegExp
  scene: Scene
  /** The prompt's words stand large in the picture rather than in its caption. */
  headline: boolean
}

/** What the simulator can draw. A prompt that gives nothing away becomes one of the last two. */
export const contents: readonly Content[] = [
  { name: 'logo', words: /\b(logo|emblem|monogram|brand ?mark|wordmark)\b/i, scene: logo, headline: true },
  { name: 'ui-icon', words: /\b(icons?|app tile|favicon|ui|button)\b/i, scene: uiIcon, headline: false },
  {
    name: 'infographic',
    words: /\b(infographic|diagram|charts?|flow ?chart|timeline|dashboard|data)\b/i,
    scene: infographic,
    headline: false,
  },
  {
    name: 'text-poster',
    words: /\b(poster|flyer|banner|typograph\w*|lettering|headline|cover|quote|says?|reads|sale|card)\b/i,
    scene: textPoster,
    headline: true,
  },
  {
    name: 'anime-comic',
    words: /\b(anime|manga|comic|cartoon|chibi|superhero)\b/i,
    scene: animeComic,
    headline: false,
  },
  {
    name: 'concept-art',
    words: /\b(concept art|fantasy|sci-?fi|spaceship|dragon|castle|planet|cyberpunk|futuristic|epic)\b/i,
    scene: conceptArt,
    headline: false,
  },
  {
    name: 'render-3d',
    words: /\b(3d|render\w*|blender|octane|isometric|clay|low[- ]poly)\b/i,
    scene: render3d,
    headline: false,
  },
  {
    name: 'product-photo',
    words:
      /\b(product|bottle|packag\w*|packshot|perfume|cosmetic|jar|mug|shoes?|sneakers?|watch|headphones|e-?commerce|studio shot)\b/i,
    scene: productPhoto,
    headline: false,
  },
  {
    name: 'portrait',
    words: /\b(portrait|headshot|face|woman|man|girl|boy|person|chef|barista|founder|selfie|model)\b/i,
    scene: portrait,
    headline: false,
  },
  {
    name: 'illustration',
    words:
      /\b(illustrat\w*|watercolou?r|drawing|painting|sketch|vector|flat|storybook|doodle|flowers?|leaf|leaves)\b/i,
    scene: illustration,
    headline: false,
  },
  {
    name: 'photo-scene',
    words:
      /\b(photo\w*|landscape|street|city|beach|mountains?|forest|sunset|sunrise|lake|sea|sky|harbou?r|view|room|kitchen)\b/i,
    scene: photoScene,
    headline: false,
  },
]

/** Guesses from a few words what a prompt asks for. `chance` decides where nothing is said. */
export function contentOf(prompt: string, chance: number): Content {
  const found = contents.find((content) => content.words.test(prompt))
  const vague = contents.slice(-2)
  return found ?? vague[Math.floor(chance * vague.length)] ?? (contents[0] as Content)
}
