import type { EditGuess, EditKind } from '@halftone/contracts'

/** What is read of an instruction; more names details. Bounds the work, too. */
const readChars = 600

const removes =
  /\b(?:remov\w*|delet\w*|eras\w*|eliminat\w*|exclud\w*|banish\w*|eradicat\w*|expung\w*|expel\w*|vanish\w*|void|absence of|no longer|get rid of|rid the|tak\w+ (?:out|away)|strip\w*|extract\w*|isolat\w*|cut out|crop out)\b/
const adds =
  /\b(?:add\w*|insert\w*|put\w*|plac\w+|includ\w*|draw|introduc\w*|give|position\w*|integrat\w*|incorporat\w*|embed\w*|arrang\w*|scatter\w*|install\w*|lay|nestl\w*|perch\w*|bring)\b/
const changes =
  /\b(?:replac\w*|swap\w*|exchang\w*|substitut\w*|switch\w*|trad\w+|chang\w*|turn\w*|transform\w*|convert\w*|mak\w+|recolou?r\w*|paint|dy(?:e|ed)|modif\w*|alter\w*|adjust\w*|mov\w+|rais\w+|lower|rotat\w*|resiz\w*|set|colou?r\w*|shift\w*|ensure|should|shall|let|needs?|adorn\w*|dress|apply|render|coat|hues?|shades?|black\w*|white|red|green|blue|yellow|purple|pink|brown|orange|golden|gr[ae]y)\b/

const swaps = /\b(?:replac|swap|exchang|substitut|colou?r of)/

const grows =
  /\b(?:extend\w*|expand\w*|outpaint\w*|uncrop\w*|zoom(?:ed)? out|widen\w*|more (?:room|space) (?:on|at|to|above|below|around)|beyond (?:the|its) (?:edges?|borders?|frame)|(?:larger|bigger|wider|taller) canvas)\b/
const words =
  /\b(?:text|words?|wording|lettering|letters|captions?|headlines?|slogans?|titles?|subtitles?|typos?|misspell\w*|spell\w*|font|licen[cs]e plates?|number plates?|logo|inscription|to (?:say|read)|(?:that|which|it|now) (?:says|reads)|instead of saying)\b/
const surroundings =
  /\b(?:backgrounds?|backdrops?|scenery|settings?|surroundings?|environments?|ambian?ce|behind (?:the|her|him|them|it)|landscapes?|locations?)\b/
const onlyWhere = /\b(?:in|from|at|of|on) the (?:far |distant )?(?:background|backdrop|scenery|landscape)\b/
const looks =
  /\b(?:styl(?:es?|ed|ing|i[sz]\w+)|aesthetics?|paint(?:ings?|ed|erly)|watercolou?rs?|sketch\w*|drawing|cartoon\w*|anime|manga|comic|pixel art|mosaic|low-poly|charcoal|pastel|impressionis\w*|cubis\w*|ukiyo-e|graffiti|black[- ]and[- ]white|monochrom\w*|sepia|vintage|retro|cyberpunk|steampunk|vaporwave|pop art|art (?:deco|nouveau)|van gogh|monet|picasso|ghibli|pixar|lego|claymation|film noir)\b/
const repairs =
  /\b(?:nois\w*|denois\w*|blur\w*|deblur\w*|haz[eiy]\w*|dehaz\w*|fog\w*|mist\w*|rain\w*|drizzl\w*|precipitation|fuzz\w*|smudg\w*|distort\w*|snow\w*|shad(?:owy?|ows|ed|ing)|watermarks?|bright\w*|dark\w*|light(?:ing|en)?|luminosity|contrast|expos\w*|resolution|sharp\w*|clarity|clarify|clearer|restor\w*|enhanc\w*|quality|satur\w*|scratch\w*|coloriz\w*|colouris\w*|upscal\w*|artifacts?)\b/

/**
 * What an instruction asks to edit, and the words that say so; no kind where nothing speaks for one, where the picture
 * is only to be repaired (sharper, brighter), or where steps of several kinds are asked for. Any text, never throws.
 */
export function editKindOf(instruction: string): EditGuess {
  const steps = instruction
    .slice(0, readChars)
    .toLowerCase()
    .split(/;|\.\s|,? (?:and )?then |, and (?=\w+ the )/)
    .filter((step) => /[\p{L}\p{N}]/u.test(step))
    .map(readStep)
  const kinds = new Set(steps.map(({ kind }) => kind))
  const [first] = steps
  const said = [...new Set(steps.flatMap((step) => step.words))].slice(0, 3)
  return { kind: kinds.size === 1 ? (first?.kind ?? null) : null, source: 'rules', words: said }
}

function readStep(step: string): { kind: EditKind | null; words: string[] } {
  const found = (pattern: RegExp) => pattern.exec(step)?.[0]
  const verb = found(removes) ?? found(adds) ?? found(changes)
  const told = (kind: EditKind | null, ...said: (string | undefined)[]) => ({
    kind,
    words: [verb, ...said].filter((word) => word !== undefined),
  })
  const isGone = removes.test(step)
  const isNew = adds.test(step)
  if (grows.test(step)) return told('extend', found(grows))
  if (words.test(step)) return told('text', found(words))
  if (isGone && repairs.test(step)) return told(null)
  if (surroundings.test(step) && !((isGone || isNew) && onlyWhere.test(step)))
    return told('background', found(surroundings))
  const isSwap = swaps.test(step)
  if (looks.test(step) && !isGone && !isNew && !isSwap) return told('style', found(looks))
  if (repairs.test(step) && !isNew && !isSwap) return told(null)
  return verb === undefined ? told(null) : told('object')
}
