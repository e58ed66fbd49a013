import { AppError } from '@halftone/contracts'
import type { Dependencies } from './dependencies.ts'
import type { Inputs } from './make-call.ts'
import type { Order } from './order.ts'

/** The job's pictures and mask; null when one is not stored any more. Throws when the store is out of reach. */
export async function readInputs({ request }: Order, { artifacts }: Dependencies): Promise<Inputs | null> {
  try {
    const [mask, images] = await Promise.all([
      request.mask ? artifacts.get(request.mask.sha256) : null,
      Promise.all(request.images.map(({ sha256 }) => artifacts.get(sha256))),
    ])
    return { images, mask }
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return null
    throw error
  }
}
