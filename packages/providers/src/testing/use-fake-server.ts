import { afterAll, afterEach, beforeAll } from 'vitest'
import { createHttp } from '../http.ts'
import { type FakeServer, startFakeServer } from './fake-server.ts'

/**
 * A provider's host on loopback and a way to it, for the tests of one `describe`: started before the first, closed
 * after the last. What it has seen is forgotten after each; what it answers stays until a test says otherwise.
 */
export function useFakeServer() {
  let running: FakeServer | undefined
  const started = (): FakeServer => {
    if (!running) throw new Error('the fake server starts with the first test')
    return running
  }
  const server: FakeServer = {
    get origin() {
      return started().origin
    },
    get seen() {
      return started().seen
    },
    arrival: () => started().arrival(),
    answerWith: (responder) => started().answerWith(responder),
    close: () => started().close(),
  }
  const http = createHttp()
  beforeAll(async () => {
    running = await startFakeServer()
  })
  afterEach(() => {
    server.seen.splice(0)
  })
  afterAll(async () => {
    await http.close()
    await server.close()
  })
  /** The body of the first request since the test began. */
  const sentJson = () => JSON.parse(server.seen[0]?.body.toString() ?? '')
  return { server, http, sentJson }
}
