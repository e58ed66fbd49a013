import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { contentTypes } from '@halftone/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decidingWords } from './deciding-words.ts'
import { likelihoods, tag } from './tag.ts'
import { tagJob, tagJobInWords } from './tag-job.ts'

/** Halves of surrogate pairs, too. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 })
  .map((codes) => String.fromCharCode(...codes))

const collection = fileURLToPath(new URL('../../../../shared/data/prompts/train.jsonl', import.meta.url))

interface Row {
  prompt: string
  label: string | null
}

function labelled(): Row[] {
  const rows: Row[] = readFileSync(collection, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return rows.filter(({ label }) => label !== null)
}

describe.skipIf(!existsSync(collection))('on people’s real prompts (needs ../shared)', () => {
  test('four of five labels of the rows it learned from are right, and most of every type', () => {
    const rows = labelled()
    const right = rows.filter(({ prompt, label }) => tag(prompt).label === label).length
    expect(right / rows.length).toBeGreaterThan(0.8)
    for (const label of contentTypes) {
      const mine = rows.filter((row) => row.label === label)
      const found = mine.filter(({ prompt }) => tag(prompt).label === label).length
      expect(found / mine.length, label).toBeGreaterThan(0.5)
    }
  })

  test('confidence means something: sure guesses are right far more often than unsure ones', () => {
    const share = (from: number, to: number) => {
      const guesses = labelled()
        .map(({ prompt, label }) => ({ ...tag(prompt), truth: label }))
        .filter(({ confidence }) => confidence >= from && confidence < to)
      return guesses.filter(({ label, truth }) => label === truth).length / guesses.length
    }
    expect(share(0.9, 2)).toBeGreaterThan(0.9)
    expect(share(0, 0.4)).toBeLessThan(0.7)
  })

  test('a whole night’s schedule is tagged in less than two seconds of one core', () => {
    const prompts = labelled().map(({ prompt }) => prompt)
    const from = process.cpuUsage()
    for (let i = 0; i < 10_000; i++) tag(prompts[i % prompts.length]!)
    expect(process.cpuUsage(from).user).toBeLessThan(2_000_000)
  })
})

test('short everyday prompts go where a person would put them', () => {
  const said: Record<string, string> = {
    'wordmark for a bakery called Crumb, two colours': 'logo',
    'settings screen of a banking app, dark mode': 'ui_icon',
    'concert poster that says "Night of Strings"': 'text_poster',
    'diagram of how a heat pump works, labelled': 'infographic',
    'a glass perfume bottle on marble, studio light': 'product_photo',
    'headshot of a smiling young woman': 'portrait',
    'a dog asleep on a bench by the lake': 'photo_scene',
    'watercolor painting of a harbour': 'illustration',
    'manga page with two rivals on a roof': 'anime_comic',
    'isometric 3d diorama of a tiny library': 'render_3d',
    'an elf warrior in front of a ruined castle, fantasy': 'concept_art',
  }
  for (const [prompt, label] of Object.entries(said)) expect(tag(prompt).label, prompt).toBe(label)
})

test('any text at all gets one of the labels and a confidence between 0 and 1', () => {
  fc.assert(
    fc.property(anyText, (prompt) => {
      const { label, confidence } = tag(prompt)
      return contentTypes.includes(label) && confidence > 0 && confidence <= 1
    }),
  )
})

const oddPrompts: Record<string, string> = {
  empty: '',
  'spaces alone': ' \n\t ',
  'one word': 'cat',
  'one letter': 'x',
  'emoji alone': '🦊🎨👩‍👩‍👧',
  'half an emoji': '\ud83e',
  'right to left': 'شعار بسيط لمخبز صغير',
  code: 'const x = (a) => { return a["b"].map((c) => c + 1) } // done',
  'broken JSON': '{"subject": "a dog", "style": {"light": ',
  'quotes alone': '"'.repeat(5_000),
  'digits alone': '1234567890 '.repeat(500),
  '100 kB without a space': 'a'.repeat(100_000),
  '100 kB of words': 'a fox in the snow '.repeat(5_556),
  'a name of the language itself': '__proto__ constructor toString',
}

test.each(Object.entries(oddPrompts))(
  '%s is tagged without error, and likelihoods add up to one',
  (_, prompt) => {
    expect(contentTypes).toContain(tag(prompt).label)
    expect(likelihoods(prompt).reduce((sum, odds) => sum + odds, 0)).toBeCloseTo(1, 9)
    expect(tagJob({ prompt, hint: null }, 0.5).plausible.length).toBeGreaterThan(0)
  },
)

test('what stands far behind the front of a prompt costs nothing and changes nothing', () => {
  const front = 'a watercolor painting of a harbour '.repeat(25)
  expect(tag(front + 'logo '.repeat(20_000))).toEqual(tag(front))
})

test.each([
  'ein Hund liegt neben einer alten Frau auf der Wiese',
  'una mujer con un paraguas camina por la calle mojada',
  'un vieux bateau de pêche dans le port au petit matin',
  'eski bir köprünün altında oynayan çocuklar',
  'собака спит на скамейке у озера',
  '公园里的长椅上睡着一只狗',
  'كلب نائم على مقعد بجانب البحيرة',
])('another language comes out unsure, with several plausible types: %s', (prompt) => {
  const tagged = tagJob({ prompt, hint: null }, 0.5)
  expect(tagged.label).toBe('unknown')
  expect(tagged.plausible.length).toBeGreaterThan(2)
})

test('the words that decided are words of the prompt, the loudest first', () => {
  const { words } = tagJobInWords({ prompt: 'Isometric diorama of a bakery, soft light', hint: null }, 0)
  expect(tagJobInWords({ prompt: 'Isometric diorama', hint: 'logo' }, 0)).not.toHaveProperty('words')
  expect(words?.[0]).toBe('isometric')
  expect(decidingWords('', 'logo')).toEqual([])
})

describe('the tag of a job', () => {
  test('a hint wins over the words and is certain', () => {
    expect(tagJob({ prompt: 'a poster', hint: 'logo' }, 0.5)).toEqual({
      label: 'logo',
      confidence: 1,
      source: 'hint',
      plausible: ['logo'],
    })
  })

  test('a hint that names a group leaves its labels plausible and takes the likeliest of them', () => {
    const tagged = tagJob({ prompt: 'a perfume bottle on a poster', hint: 'photorealistic' }, 0.5)
    expect(tagged).toMatchObject({ label: 'product_photo', source: 'hint' })
    expect(tagged.plausible).toEqual(['product_photo', 'portrait', 'photo_scene'])
  })

  test('an unsure guess is unknown and keeps every label that it may be', () => {
    const prompt = 'a poster and a logo'
    const unsure = tagJob({ prompt, hint: null }, 0.999)
    expect(unsure).toMatchObject({ label: 'unknown', source: 'model' })
    expect(unsure.plausible.toSorted()).toEqual(['logo', 'text_poster'])
    expect(tagJob({ prompt, hint: null }, 0).plausible).toHaveLength(1)
  })

  test('no words at all are unknown', () => {
    expect(tagJob({ prompt: '', hint: null }, 0.5)).toMatchObject({
      label: 'unknown',
      plausible: ['photo_scene'],
    })
  })
})
