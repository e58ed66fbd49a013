import { expect, test } from 'vitest'
import { createCaptions } from './caption.ts'

const text = { prompt: 'A quiet lake', maker: 'openai/gpt-image-2', headline: false }

test('words are drawn with the font that we bring, so also on a machine without fonts', async () => {
  const captions = createCaptions(2)
  const white = async (prompt: string) => {
    const strip = await captions.draw({ ...text, prompt }, 512, 512)
    let count = 0
    for (let at = 0; at < (strip?.rgba.length ?? 0); at += 4) if ((strip?.rgba[at] ?? 0) > 200) count += 1
    return count
  }
  const mark = await white('')
  expect(mark).toBeGreaterThan(200)
  expect(await white('A quiet lake')).toBeGreaterThan(mark + 200)
})

test('a prompt that is no XML, or that the font cannot show, spoils nothing', async () => {
  const captions = createCaptions(2)
  for (const prompt of ['<svg> & "quotes" \u0000\u0007 \ud800', '安静的湖边日出 🎉', 'x'.repeat(30_000)])
    expect(await captions.draw({ ...text, prompt }, 200, 100)).toMatchObject({ width: 200 })
})

test('a box too small for words gets none', async () => {
  expect(await createCaptions(2).draw(text, 64, 64)).toBeNull()
})
