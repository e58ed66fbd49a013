import { type ContentType, contentTypeGroups, contentTypes, type Tag } from '@halftone/contracts'
import { likelihoods, tag } from './tag.ts'

/** A label at least this likely counts as what the job may be. */
const plausibleFrom = 0.15

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
  if (confidence >= threshold) return { label, confidence, source: 'rules', plausible: [label] }
  const odds = likelihoods(prompt)
  const plausible = contentTypes.filter((other, index) => other === label || odds[index]! >= plausibleFrom)
  return { label: 'unknown', confidence, source: 'rules', plausible }
}
