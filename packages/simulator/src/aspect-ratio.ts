/** The sizes that diffusion models make for each aspect ratio that they know. */
export const aspectSizes = {
  '1:1': [1024, 1024],
  '16:9': [1344, 768],
  '9:16': [768, 1344],
  '3:2': [1216, 832],
  '2:3': [832, 1216],
  '4:5': [896, 1088],
  '5:4': [1088, 896],
  '21:9': [1536, 640],
  '9:21': [640, 1536],
  '4:3': [1152, 896],
  '3:4': [896, 1152],
} as const satisfies Record<string, readonly [number, number]>

export type AspectRatio = keyof typeof aspectSizes
