import { contentTypes } from '@halftone/contracts'
import type { Settings } from './settings.ts'

const labels = contentTypes.length

export interface Sample {
  /** Numbers of the terms, and their values. */
  index: Int32Array
  value: Float64Array
  label: number
  weight: number
}

/**
 * Multinomial logistic regression over all samples at once (Adam), from `prior` and pulled towards it. Weights lie
 * term by term, a row of labels each; the last row is the bias.
 */
export function descend(samples: readonly Sample[], prior: Float64Array, settings: Settings): Float64Array {
  const weights = Float64Array.from(prior)
  const biasFrom = prior.length - labels
  const mean = new Float64Array(prior.length)
  const square = new Float64Array(prior.length)
  const slope = new Float64Array(prior.length)
  for (let step = 1; step <= settings.steps; step++) {
    for (let i = 0; i < prior.length; i++)
      slope[i] = settings.pull * (weights[i]! - prior[i]!) * (i < biasFrom ? 1 : settings.biasPull)
    for (const sample of samples) addSlope(sample, weights, slope)
    const rate = 0.05 * (1 - step / (settings.steps + 1))
    const meanScale = 1 - 0.9 ** step
    const squareScale = 1 - 0.99 ** step
    for (let i = 0; i < prior.length; i++) {
      mean[i] = 0.9 * mean[i]! + 0.1 * slope[i]!
      square[i] = 0.99 * square[i]! + 0.01 * slope[i]! * slope[i]!
      weights[i]! -= (rate * mean[i]!) / meanScale / (Math.sqrt(square[i]! / squareScale) + 1e-9)
    }
  }
  return weights
}

const errors = new Float64Array(labels)

function addSlope({ index, value, label, weight }: Sample, weights: Float64Array, slope: Float64Array): void {
  const biasFrom = weights.length - labels
  for (let k = 0; k < labels; k++) errors[k] = weights[biasFrom + k]!
  for (let j = 0; j < index.length; j++) {
    const from = index[j]! * labels
    for (let k = 0; k < labels; k++) errors[k]! += weights[from + k]! * value[j]!
  }
  const most = Math.max(...errors)
  let sum = 0
  for (let k = 0; k < labels; k++) sum += errors[k] = Math.exp(errors[k]! - most)
  for (let k = 0; k < labels; k++) errors[k] = weight * (errors[k]! / sum - (k === label ? 1 : 0))
  for (let k = 0; k < labels; k++) slope[biasFrom + k]! += errors[k]!
  for (let j = 0; j < index.length; j++) {
    const from = index[j]! * labels
    for (let k = 0; k < labels; k++) slope[from + k]! += errors[k]! * value[j]!
  }
}
