import { type ContentType, contentTypeGroups, contentTypes, type Tag } from '@halftone/contracts'
import { decidingWords } from './deciding-words.ts'
import { likelihoods, tag } from './tag.ts'

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
  const { label, confidence } = tag(prompt)
  const words = decidingWords(prompt, label)
  if (confidence >= threshold) return { label, confidence, source: 'model', plausible: [label], words }
  const plausible = /[\p{L}\p{N}]/u.test(prompt) ? plausibleLabels(prompt) : [whenSilent]
  return { label: 'unknown', confidence, source: 'model', plausible, words }
}

function plausibleLabels(prompt: string): ContentType[] {
  const odds = likelihoods(prompt)
  const least = Math.max(...odds) * plausibleFrom
  const ranked = contentTypes.map((label, at) => ({ label, odds: odds[at]! })).sort((a, b) => b.odds - a.odds)
  return ranked.filter(({ odds }) => odds >= least).map(({ label }) => label)
}
