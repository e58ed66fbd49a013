import type { Provider } from '../prices/table.ts'

/**
 * Colours from dark to light, as five stops. Each provider has its own family, so that a contact sheet shows at a
 * glance who made what: OpenAI glows at dusk, Replicate is loud print, Stability is earth and plants, Google is toy
 * blocks, Black Forest Labs is woodcut, fal is neon.
 */
const families: Record<Provider, readonly (readonly string[])[]> = {
  openai: [
    ['#120b2e', '#4b2a86', '#c2457f', '#ff9e6d', '#fff3d6'],
    ['#0a1834', '#1f4b8f', '#3f9ac9', '#9fdcd6', '#fdfbe9'],
    ['#1a0f2b', '#5c2f73', '#a85aa0', '#f0a3b6', '#fff0ea'],
    ['#0c1a2b', '#2b3f78', '#7a63b8', '#e7a0c4', '#fff4ec'],
    ['#10122b', '#2f3a8c', '#5d7be0', '#a9c7ff', '#fffaf0'],
  ],
  replicate: [
    ['#0d0d12', '#7a1030', '#e8384f', '#ffb03a', '#fff6dc'],
    ['#071b1f', '#0b5a5e', '#19b39a', '#c7e84b', '#fbffe3'],
    ['#100a24', '#3a12a0', '#8a2be2', '#ff5fa2', '#ffe9f3'],
    ['#0b1220', '#0e4d92', '#16a3e0', '#7ce3f5', '#fffde4'],
    ['#160c08', '#8c3a0e', '#ef7d17', '#ffc94d', '#fff8e2'],
  ],
  deepseek: [
    ['#06121c', '#0e3a52', '#2a7f95', '#8fd0c4', '#f2fff8'],
    ['#0a0f24', '#23357a', '#5a7fd0', '#b4cdf2', '#f7fbff'],
  ],
  google: [
    ['#0b1a12', '#14603a', '#34a853', '#fbbc05', '#fff8dc'],
    ['#0a1330', '#1a56c4', '#4285f4', '#9cc4ff', '#f6faff'],
    ['#220a0a', '#8f1d18', '#ea4335', '#f6b26b', '#fff3e6'],
  ],
  bfl: [
    ['#050505', '#2b2b2b', '#6e6a63', '#c9b99a', '#f5efe2'],
    ['#0a0d0a', '#233524', '#4c6b45', '#9db387', '#eef0df'],
    ['#0b0a10', '#2e2840', '#625a80', '#b3a9c0', '#f1edf2'],
  ],
  fal: [
    ['#0f0620', '#4a0fa8', '#7c3aed', '#f472b6', '#fff0fa'],
    ['#04121a', '#05576b', '#06b6d4', '#a5f3c4', '#f2fffa'],
    ['#1c0a02', '#9a2f05', '#f9611f', '#fcd34d', '#fffbe8'],
  ],
  'openai-compatible': [
    ['#0b1b12', '#17603a', '#36b86a', '#b6f09c', '#f6ffe9'],
    ['#101418', '#38485a', '#7c93a8', '#c3d4de', '#fbfdff'],
    ['#0e1a2a', '#145a7a', '#2bb3b1', '#a6ecc8', '#f4fff4'],
  ],
  openrouter: [
    ['#14081f', '#541f6b', '#a44bd0', '#e6a6ff', '#fdf1ff'],
    ['#0a1126', '#263f9a', '#6c7bff', '#b9c4ff', '#f4f6ff'],
    ['#1a0a1c', '#7a1f5f', '#d84a9a', '#ffb0d0', '#fff2f7'],
  ],
  mistral: [
    ['#1c0a05', '#8f1d0c', '#f0521b', '#ffb21a', '#fff4c8'],
    ['#140d08', '#6b3a10', '#d8841c', '#ffd23f', '#fffbe0'],
    ['#190806', '#a02a1a', '#ff7a45', '#ffd0a0', '#fff6ec'],
  ],
  anthropic: [
    ['#191512', '#5f4a3c', '#c9764f', '#e8c4a4', '#faf6ee'],
    ['#14171a', '#3f4a50', '#8a9a8f', '#d4cbb2', '#f8f5ec'],
  ],
  stability: [
    ['#101a14', '#2f5540', '#6f9b6a', '#d8c690', '#fbf6e6'],
    ['#1d1310', '#6b3d2e', '#b9785a', '#e6c3a0', '#fcf5ec'],
    ['#0f1c22', '#28525c', '#5f9296', '#c3cfae', '#f8f6e8'],
    ['#1a1620', '#544a68', '#94819e', '#d9b9b3', '#faf2ec'],
    ['#14190d', '#4d5a22', '#96983f', '#dcc472', '#fbf5df'],
  ],
}

/** 256 colours as R, G, B bytes: what every shade of a scene becomes. */
export type Palette = Uint8Array

const palettes = new Map<string, Palette>()

export function paletteOf(provider: Provider, chance: number): Palette {
  const family = families[provider]
  const which = Math.floor(chance * family.length)
  const key = `${provider}/${which}`
  const made = palettes.get(key) ?? blend(family[which] ?? [])
  palettes.set(key, made)
  return made
}

function blend(stops: readonly string[]): Palette {
  const colours = stops.map((hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)))
  const palette = new Uint8Array(256 * 3)
  for (let level = 0; level < 256; level++) {
    const place = (level / 255) * (colours.length - 1)
    const low = Math.min(colours.length - 2, Math.floor(place))
    for (let channel = 0; channel < 3; channel++) {
      const from = colours[low]?.[channel] ?? 0
      const to = colours[low + 1]?.[channel] ?? from
      palette[level * 3 + channel] = Math.round(from + (to - from) * (place - low))
    }
  }
  return palette
}
