import { type ContentType, contentTypeGroups, contentTypes, type Tag } from '@halftone/contracts'
import { decidingWords } from './deciding-words.ts'
import { likelihoods } from './tag.ts'

/**
 * An unsure guess may be any label at least this likely, beside the likeliest. Each label kept makes pictures dearer,
 * each left out makes some too bad: the README says how the two were weighed. Odds that are all alike keep all labels.
 */
const plausibleFrom = 0.4
/** What a job asks for that says nothing at all. */
const whenSilent: ContentType = 'photo_scene'

/**
 * The tag of a job. The caller's hint wins and is taken as certain; one that names a group leaves all its labels
 * plausible. Without a hint, a guess below the threshold is `unknown`, with the labels that it may be.
 */
export function tagJob(job: { prompt: string; hint: string | null }, threshold: number): Tag {
  return hinted(job) ?? guessed(job.prompt, threshold)
}

/** The same with the words that decided a guess: for people to read, and several times slower. */
export function tagJobInWords(job: { prompt: string; hint: string | null }, threshold: number): Tag {
  const tag = tagJob(job, threshold)
  const [likeliest] = tag.plausible
  return tag.source === 'hint' || !likeliest ? tag : { ...tag, words: decidingWords(job.prompt, likeliest) }
}

function hinted({ prompt, hint }: { prompt: string; hint: string | null }): Tag | null {
  const plausible = hint === null ? [] : labelsOf(hint)
  const [first] = plausible
  if (!first) return null
  const label = plausible.length === 1 ? first : mostLikely(prompt, plausible)
  return { label, confidence: 1, source: 'hint', plausible }
}

function labelsOf(hint: string): readonly ContentType[] {
  const group = Object.hasOwn(contentTypeGroups, hint) ? contentTypeGroups[hint] : undefined
  return group ?? contentTypes.filter((label) => label === hint)
}

function mostLikely(prompt: string, labels: readonly ContentType[]): ContentType {
  const odds = likelihoods(prompt)
  const oddsOf = (label: ContentType) => odds[contentTypes.indexOf(label)] ?? 0
  return labels.reduce((best, label) => (oddsOf(label) > oddsOf(best) ? label : best))
}

function guessed(prompt: string, threshold: number): Tag {
  const odds = likelihoods(prompt)
  const confidence = Math.max(...odds)
  const label = contentTypes[odds.indexOf(confidence)]!
  if (confidence >= threshold) return { label, confidence, source: 'model', plausible: [label] }
  const plausible = /[\p{L}\p{N}]/u.test(prompt) ? plausibleLabels(odds) : [whenSilent]
  return { label: 'unknown', confidence, source: 'model', plausible }
}

function plausibleLabels(odds: readonly number[]): ContentType[] {
  const least = Math.max(...odds) * plausibleFrom
  const ranked = contentTypes.map((label, at) => ({ label, odds: odds[at]! })).sort((a, b) => b.odds - a.odds)
  return ranked.filter(({ odds }) => odds >= least).map(({ label }) => label)
}
