/**
 * The masks that have a name. Each is a shape for any size of picture; providers' batch tiers may ask for one of them.
 * What they look like is in `artifacts`.
 */
export const maskTemplates = [
  'center_square',
  'center_circle',
  'left_half',
  'right_half',
  'top_half',
  'bottom_half',
  'left_third',
  'right_third',
  'upper_third',
  'lower_third',
  'top_banner',
  'bottom_banner',
  'bottom_right_corner',
  'background_frame',
] as const
export type MaskTemplate = (typeof maskTemplates)[number]

/** Which of them a provider's rule admits. */
export type AdmittedTemplates = 'any' | readonly MaskTemplate[]

/** Whether a rule that admits these templates admits a mask; left out, it asks for none and admits every mask. */
export function admitsMask(rule: AdmittedTemplates | undefined, template: string | null): boolean {
  if (rule === undefined) return true
  if (template === null) return false
  return rule === 'any' || rule.some((name) => name === template)
}
