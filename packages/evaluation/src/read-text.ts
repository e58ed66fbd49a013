import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { createWorker, OEM, PSM, type Worker } from 'tesseract.js'

export interface TextReader {
  /**
   * The words in a picture, as they lie in it. Looks again in another way while `isEnough` denies, and answers all that
   * was read: what one look overlooks is the reader's fault, not the picture's.
   */
  read(picture: Uint8Array, isEnough: (text: string) => boolean): Promise<string>
  close(): Promise<void>
}

// By path: its own way is a download.
const trained = fileURLToPath(import.meta.resolve('@tesseract.js-data/eng/4.0.0_best_int/eng.traineddata.gz'))

/** As a page, as one block, as words here and there. */
const looks = [PSM.AUTO, PSM.SINGLE_BLOCK, PSM.SPARSE_TEXT]

/** OCR in worker threads, so many at a time. English letters. */
export async function createTextReader(threads: number): Promise<TextReader> {
  const workers = await Promise.all(Array.from({ length: threads }, startWorker))
  const idle = [...workers]
  const waiting: ((worker: Worker) => void)[] = []
  const take = () =>
    new Promise<Worker>((resolve) => {
      const worker = idle.pop()
      if (worker) resolve(worker)
      else waiting.push(resolve)
    })
  const giveBack = (worker: Worker) => {
    const next = waiting.shift()
    if (next) next(worker)
    else idle.push(worker)
  }
  return {
    async read(picture, isEnough) {
      const grey = await sharp(picture)
        .flatten({ background: '#fff' })
        .greyscale()
        .normalise()
        .png()
        .toBuffer()
      const worker = await take()
      try {
        let text = ''
        for (const look of looks) {
          await worker.setParameters({ tessedit_pageseg_mode: look })
          const { data } = await worker.recognize(grey)
          text += `${data.text}\n`
          if (isEnough(text)) break
        }
        return text
      } finally {
        giveBack(worker)
      }
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

async function startWorker(): Promise<Worker> {
  const worker = await createWorker('eng', OEM.LSTM_ONLY, {
    langPath: dirname(trained),
    gzip: true,
    cacheMethod: 'none',
  })
  // what it has to say of a picture beside the words it would write to our stderr
  await worker.setParameters({ user_defined_dpi: '150', debug_file: '/dev/null' })
  return worker
}
