import type { NoteStore } from '@halftone/artifacts'
import { tokenStreams } from '@halftone/contracts'
import type { StoredImage } from '@halftone/ledger'
import { z } from 'zod'
import type { CallEnd } from './attempt.ts'
import type { Dependencies } from './dependencies.ts'

type Stored = Extract<CallEnd, { kind: 'stored' }>

/**
 * Between the moment when an attempt's pictures are stored and the one when its end is booked, a note under the
 * attempt's id says which pictures they are and what they cost: whoever takes the attempt over books just that.
 */
export interface AttemptNotes {
  /** Best effort: without it a crash at this moment leaves the attempt unknown. */
  keep(attemptId: string, images: StoredImage[], cost: bigint): Promise<void>
  read(attemptId: string): Promise<Stored | null>
  drop(attemptId: string): Promise<void>
}

const noteSchema = z.strictObject({
  v: z.literal(1),
  images: z.array(
    z.strictObject({
      fileId: z.string(),
      sha256: z.string(),
      width: z.int(),
      height: z.int(),
      format: z.enum(['png', 'jpeg', 'webp']),
      bytes: z.int(),
      tokens: z.partialRecord(z.enum(tokenStreams), z.number()).optional(),
    }),
  ),
  cost: z.string().regex(/^\d+$/),
})

export function createAttemptNotes(store: NoteStore, log: Dependencies['log']): AttemptNotes {
  return {
    async keep(attemptId, images, cost) {
      try {
        await store.put(attemptId, JSON.stringify({ v: 1, images, cost: cost.toString() }))
      } catch (error) {
        log.warn({ err: error, attempt: attemptId }, 'could not note which pictures a call made')
      }
    },
    async read(attemptId) {
      const text = await store.get(attemptId)
      const note = text === null ? null : parse(text)
      return note && { kind: 'stored', images: note.images, cost: BigInt(note.cost) }
    },
    async drop(attemptId) {
      try {
        await store.remove(attemptId)
      } catch (error) {
        log.warn({ err: error, attempt: attemptId }, 'could not remove a note')
      }
    },
  }
}

function parse(text: string): z.infer<typeof noteSchema> | null {
  try {
    return noteSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
