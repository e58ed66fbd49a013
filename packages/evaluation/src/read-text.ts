import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createScheduler, createWorker, OEM, PSM } from 'tesseract.js'

export interface TextReader {
  /** The words in a picture, as they lie in it. */
  read(picture: Uint8Array): Promise<string>
  close(): Promise<void>
}

// By path: its own way is a download.
const trained = fileURLToPath(import.meta.resolve('@tesseract.js-data/eng/4.0.0_best_int/eng.traineddata.gz'))

/** OCR in worker threads, so many at a time. English letters. */
export async function createTextReader(threads: number): Promise<TextReader> {
  const scheduler = createScheduler()
  await Promise.all(
    Array.from({ length: threads }, async () => {
      const worker = await createWorker('eng', OEM.LSTM_ONLY, {
        langPath: dirname(trained),
        gzip: true,
        cacheMethod: 'none',
      })
      await worker.setParameters({ tessedit_pageseg_mode: PSM.SPARSE_TEXT, user_defined_dpi: '150' })
      scheduler.addWorker(worker)
    }),
  )
  return {
    async read(picture) {
      const { data } = await scheduler.addJob('recognize', Buffer.from(picture))
      return data.text
    },
    async close() {
      await scheduler.terminate()
    },
  }
}
