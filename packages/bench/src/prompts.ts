/** Prompts of the lengths and kinds that people send. */
export const prompts = [
  'Minimal logo for a bakery called Knead, one line weight, two colours',
  'Poster with the headline OPEN AT SIX above a steaming cup, risograph grain',
  'Portrait of an elderly fisherman, window light from the left, shallow depth of field, 85mm',
  'Product photo of a matte black kettle on slate, soft shadow, three quarter view, space for copy at the right',
  'Isometric 3d render of a tiny post office, pastel clay, studio light',
  'A harbour town at dawn in heavy fog, wide shot, gulls, wet cobblestones, muted palette',
  'App icon: a paper plane leaving a circle, flat, rounded square',
  'Infographic that shows how a heat pump works in four steps with short labels',
  'Watercolour illustration of a fox reading under a street lamp, for a picture book, warm and calm',
  'Manga panel: two cyclists race down a hill, speed lines, dramatic angle',
  'Concept art of a floating market above the clouds, rope bridges, lanterns, vast scale, painterly',
  'cat',
  'A flat lay of autumn vegetables on linen, seen from above, natural light, for a recipe card; leave the upper third empty because a title will be set there later, and keep the colours restrained so that it sits well beside the other cards of the series',
  'Four seasons of the same oak tree side by side, gouache',
] as const
