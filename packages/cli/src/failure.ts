export const exitCodes = { failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const
export type FailureKind = keyof typeof exitCodes

/** What ends a command: a sentence for the person, and what to do about it. */
export class Failure extends Error {
  readonly kind: FailureKind
  readonly next: string | null
  /** The HTTP status, where a server said so. */
  readonly status: number | null
  /** The code of the server's answer, from its closed list. */
  readonly code: string | null
  /** The field that the server found wrong, as a JSON pointer. */
  readonly field: string | null

  constructor(
    kind: FailureKind,
    message: string,
    detail: {
      next?: string | null
      status?: number
      code?: string | null
      field?: string | null
      cause?: unknown
    } = {},
  ) {
    super(message, { cause: detail.cause })
    this.name = 'Failure'
    this.kind = kind
    this.next = detail.next ?? null
    this.status = detail.status ?? null
    this.code = detail.code ?? null
    this.field = detail.field ?? null
  }
}

export function usageFailure(message: string, next: string): Failure {
  return new Failure('usage', message, { next })
}
