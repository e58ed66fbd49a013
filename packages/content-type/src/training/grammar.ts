import { type ContentType, contentTypes } from '@halftone/contracts'
import type { Row } from './rows.ts'

/** What `@`, `#` and `%` in a frame stand for: a thing, a place, a person. */
const things =
  'dog|cat|horse|bicycle|teapot|old car|red apple|wooden chair|train|bird|lamp|bowl of soup|boat|lantern|pair of shoes|clock|violin|plate of pasta|tree|bag|bus|cow|kettle|vase of flowers|truck|candle|pumpkin|computer|fence|sandwich'
const places =
  'a street|the beach|a kitchen|a quiet park|a train station|the mountains|a small room|a field of grass|a market|the harbour|a table|a bench|the snow|a garden|a parking lot|a river bank|a shelf|a window sill|a crowded square|the forest'
const people =
  'a man|a woman|two children|a young woman|an old man|a girl with short hair|a chef|a group of people|a boy|a couple|a worker|three friends|a farmer|a tall man in a coat|some people'

/** Plain sentences as a person writes them for each type, so that a type is known where no source shows it plainly. */
const frames: Record<ContentType, string> = {
  anime_comic:
    'anime of % with a @|manga page, % in #|a comic strip about % and a @|cartoon @ in #|chibi % holding a @|anime girl in #|cel-shaded anime scene of #|four panel comic where % finds a @|% drawn as a cartoon character|comic book hero standing in #',
  concept_art:
    'concept art of a @ in #|a wizard with a @|fantasy castle above #|sci-fi city with a @|a dragon flying over #|cyberpunk street with %|character design of a knight with a @|a spaceship landing near #|game art of an alien @|a warrior fighting a monster in #',
  illustration:
    'watercolor of a @ in #|oil painting of %|pencil drawing of a @|ink sketch of #|illustration of % with a @|a painting of # in the style of a classic master|children book illustration of a @|engraving of a @|flat vector illustration of % in #|line drawing of a @',
  infographic:
    'infographic about a @|diagram of a @ with labels|a chart of how % use a @|step by step guide on a @|exploded view of a @ with callouts|timeline of a @|flowchart for %|cross-section of a @, labelled parts|slide that explains a @|educational map of #',
  logo: 'logo for a @ shop|a logo of a company that sells a @|wordmark for a @ brand|minimal emblem with a @|monogram for a studio|brand mark of a cafe near #|vector logo, @|logo design for a start-up|company logo with a @|badge logo of a @ club',
  photo_scene:
    'a @ on #|% standing near a @|% sitting in # with a @|a @ next to a @|% walking in #|a @ is parked in front of #|two of them playing with a @ in #|a photo of a @ in #|a close up of a @ on #|% riding past a @|there is a @ in #|a white @ and a @ on #|% holding a @|# with a @ and a @|a large @ under the sky|view of # in the morning|% looking at a @ in #|a @ that is lying on #|several of them waiting at #|photograph of #',
  portrait:
    'portrait of %|headshot of %, soft light|selfie of % in #|close-up of the face of %|fashion photo of % wearing a coat|studio portrait of %|% smiling at the camera, 85mm|editorial beauty shot of %|mirror selfie of %|wedding portrait of a couple in #',
  product_photo:
    'product photo of a @|a perfume bottle on #, studio light|advertising shot of a @|packaging of a @ brand|e-commerce picture of a @ on white|luxury watch on a stone|food photography of a @|commercial photo of a drink with ice|skincare jar next to a @|catalog photo of a @',
  render_3d:
    '3d render of a @|isometric @ on a base|clay @ in soft light|miniature diorama of #|low poly @|figurine of %|plush toy of a @|blender render of #|a tiny 3d @ made of plastic|pixar style % with a @',
  text_poster:
    'poster that says "good morning"|a sign reading "open late" in #|the word "hello" on a @|flyer for a @ fair|book cover with the title "the @"|a @ with the words "thank you" written on it|movie poster about %|banner with the headline "summer sale"|billboard in # with large letters|greeting card that reads "be well"',
  ui_icon:
    'app screen for a @ shop|dashboard of a @ service|landing page of a web application for %|icon of a @|ui design for a mobile app|settings page, dark mode|website home page about a @|set of icons: @, @, @|login screen with two buttons|screenshot of an app with a @',
}

/** The sentences of the grammar, each type as often as the next. */
export function grammarRows(perType: number, random: () => number): Row[] {
  const pick = (list: string) => {
    const all = list.split('|')
    return all[Math.floor(random() * all.length)]!
  }
  return contentTypes.flatMap((name, label) =>
    Array.from({ length: perType }, () => ({
      prompt: pick(frames[name])
        .replace(/@/g, () => pick(things))
        .replace(/#/g, () => pick(places))
        .replace(/%/g, () => pick(people)),
      label,
      source: 'grammar',
    })),
  )
}
