import type { PriceComponent } from '@halftone/contracts'
import { amount } from './words.ts'

/** What a rule asks, in words: "$0.04 an image + $5.00 per 1,000,000 text in tokens". */
export function asks(components: readonly PriceComponent[]): string {
  return components.map((one) => `${amount(one.amount)} ${unitOf(one)}`).join(' + ') || '?'
}

function unitOf(component: PriceComponent): string {
  switch (component.kind) {
    case 'per_image':
      return component.count === 'output' ? 'an image' : `an ${component.count} image`
    case 'per_request':
      return 'a request'
    case 'per_megapixel':
      return component.of === 'output' ? 'a megapixel' : 'a megapixel sent'
    case 'per_step':
      return 'a step'
    case 'per_1k_masked_pixels':
      return `per ${component.per.toLocaleString('en-US')} masked pixels`
    case 'per_token':
      return `per ${component.per.toLocaleString('en-US')} ${component.stream.replaceAll('_', ' ')} tokens`
    case 'per_second':
      return 'a second'
  }
}
