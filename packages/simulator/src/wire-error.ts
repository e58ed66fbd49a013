/** An answer that is not a picture, in the shape of the provider that gives it. */
export class WireError extends Error {
  readonly status: number
  readonly body: unknown
  readonly headers: Record<string, string>

  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(`answered ${status}`)
    this.name = 'WireError'
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/** How one provider words what can go wrong before any work is done. */
export interface ErrorShape {
  unauthorized(): WireError
  noCredit(): WireError
  /** `waitMs`: until the next place is free. */
  rateLimited(waitMs: number): WireError
  down(): WireError
  tooLarge(): WireError
  /** The body cannot be read at all. */
  unreadable(detail: string): WireError
  notFound(): WireError
  internal(): WireError
}
