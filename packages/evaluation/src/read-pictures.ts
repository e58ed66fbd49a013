import type { Picture } from './pictures.ts'
import type { TextReader } from './read-text.ts'
import { characterErrorRate, spellingScore } from './text-score.ts'

export interface Reading {
  picture: Picture
  text: string
  errorRate: number
  score: number
}

/** What can be read in the pictures that words were asked for. */
export async function readPictures(
  reader: TextReader,
  pictures: readonly Picture[],
  onRead: (done: number, of: number) => void,
): Promise<Reading[]> {
  const lettered = pictures.filter(({ task }) => task.prompt.words.length > 0)
  let done = 0
  return Promise.all(
    lettered.map(async (picture) => {
      const { words } = picture.task.prompt
      const text = await reader.read(picture.bytes, (read) => characterErrorRate(words, read) === 0)
      const errorRate = characterErrorRate(words, text)
      onRead(++done, lettered.length)
      return { picture, text, errorRate, score: spellingScore(errorRate) }
    }),
  )
}
