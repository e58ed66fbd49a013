import { AppError, type JobBody, limits } from '@halftone/contracts'

/** Only a picture inside the body makes a large body right. */
export function refuseLarge(bytes: number, { image, mask }: Pick<JobBody, 'image' | 'mask'>): void {
  const inline = [image ?? [], mask ?? []].flat().some((source) => source.startsWith('data:'))
  const most = inline ? limits.jobWithDataUriBytes : limits.jobBytes
  if (bytes <= most) return
  const what = inline ? 'a job with data URIs' : 'a job without a data URI'
  throw new AppError('too_large', `${what} has at most ${most} bytes`, {
    limit: most,
    next: inline ? 'upload the pictures by POST /v1/files' : 'send a smaller body',
  })
}
