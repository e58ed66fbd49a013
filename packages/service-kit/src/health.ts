import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Component } from '@halftone/contracts'
import type { Registry } from 'prom-client'

/** A dependency's own check; throws or rejects when it does not answer. */
export type Checks = Record<string, () => Promise<void>>

export interface Readiness {
  ready: boolean
  checks: Record<string, 'ok' | string>
}

/** Asks every dependency, each for at most two seconds. */
export async function readiness(checks: Checks): Promise<Readiness> {
  const answers = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await withTimeout(check(), 2_000)
        return [name, 'ok'] as const
      } catch (error) {
        return [name, error instanceof Error ? error.message : 'failed'] as const
      }
    }),
  )
  return { ready: answers.every(([, answer]) => answer === 'ok'), checks: Object.fromEntries(answers) }
}

async function withTimeout(work: Promise<void>, ms: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  try {
    await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** `/health/live`, `/health/ready` and `/metrics` for services without an HTTP door of their own. */
export function createHealthServer(options: {
  host: string
  port: number
  checks: Checks
  registry: Registry
}): Component & { port(): number } {
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0]
    if (path === '/metrics') {
      response.setHeader('content-type', options.registry.contentType).end(await options.registry.metrics())
      return
    }
    if (path === '/health/live') {
      response.setHeader('content-type', 'application/json').end('{"live":true}')
      return
    }
    if (path === '/health/ready') {
      const state = await readiness(options.checks)
      response.writeHead(state.ready ? 200 : 503, { 'content-type': 'application/json', 'retry-after': '2' })
      response.end(JSON.stringify(state))
      return
    }
    response.writeHead(404).end()
  })
  return {
    name: 'health server',
    port: () => (server.address() as AddressInfo).port,
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(options.port, options.host, () => resolve())
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
