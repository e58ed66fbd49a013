import { createServer, connect as dial, type Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { createLedger } from './create-ledger.ts'
import { openLedger } from './testing/open-ledger.ts'
import { accept, claimOf, dispatch, newBulk, newJob, newProject, start } from './testing/sample-jobs.ts'

const opened = openLedger()

type Cut = 'never' | 'before commit' | 'after commit' | 'at once'

/** A proxy before Postgres that cuts the line around the next COMMIT. Connections are new, so its text is on the wire. */
async function openProxy() {
  const target = new URL(opened.url)
  const proxy = { cut: 'never' as Cut, url: '', close: () => {} }
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    if (proxy.cut === 'at once') return client.destroy()
    const upstream = dial(Number(target.port), target.hostname)
    let swallow = false
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}))
    client.on('data', (chunk) => {
      const commits = proxy.cut !== 'never' && chunk.includes('commit')
      if (commits && proxy.cut === 'before commit') {
        proxy.cut = 'never'
        upstream.destroy()
        client.destroy()
        return
      }
      if (commits) {
        swallow = true
        proxy.cut = 'never'
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => (swallow ? client.destroy() : client.write(chunk)))
    client.on('close', () => upstream.end())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const url = new URL(opened.url)
  url.host = `127.0.0.1:${address.port}`
  proxy.url = url.href
  proxy.close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return proxy
}

const cuts: Cut[] = ['before commit', 'after commit']

test.each(cuts)('a job whose COMMIT is cut (%s) is answered by what is true', async (cut) => {
  const proxy = await openProxy()
  const ledger = createLedger({ url: proxy.url })
  const projectId = await newProject(opened.ledger)
  const [job, bulk] = [newJob(), newBulk()]
  proxy.cut = cut
  expect(await ledger.accept.job({ projectId, job, idempotency: null })).toEqual({ kind: 'accepted' })
  proxy.cut = cut
  await ledger.accept.bulk({ projectId, bulk, jobs: [newJob()], idempotency: null })
  expect(await opened.ledger.projects.budget(projectId)).toMatchObject({ held: 200n })
  await ledger.stop()
  proxy.close()
})

test.each(cuts)(
  'a claim whose COMMIT is cut (%s) is one attempt, and a finish is booked once',
  async (cut) => {
    const proxy = await openProxy()
    const ledger = createLedger({ url: proxy.url })
    const projectId = await newProject(opened.ledger)
    const id = await accept(opened.ledger, projectId, newJob())
    const [generation = 0] = await dispatch(opened.ledger, [id])
    proxy.cut = cut
    const request = claimOf(id, generation)
    expect(await ledger.attempts.claim(request)).toEqual({
      kind: 'claimed',
      attemptId: request.attemptId,
      fence: 1n,
    })
    proxy.cut = cut
    const finish = {
      attemptId: request.attemptId,
      fence: 1n,
      kind: 'succeeded',
      cost: 60n,
      images: [],
    } as const
    expect(await ledger.attempts.finish({ ...finish, images: [] })).toMatchObject({
      kind: 'ended',
      status: 'succeeded',
    })
    expect(await opened.ledger.projects.budget(projectId)).toMatchObject({ held: 0n, spent: 60n })
    const found = await opened.ledger.jobs.job(projectId, id)
    expect(found?.attempts).toHaveLength(1)
    await ledger.stop()
    proxy.close()
  },
)

test('out of reach is said with a time to wait, and the ledger recovers by itself', async () => {
  const proxy = await openProxy()
  const ledger = createLedger({ url: proxy.url, name: 'halftone-away', patienceMs: 300 })
  const projectId = await newProject(opened.ledger)
  await ledger.ping()
  await opened.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'halftone-away'`
  proxy.cut = 'at once'
  const gone = { code: 'unavailable', detail: { retryAfterSeconds: 2 } }
  for (let n = 0; n < 3; n++) {
    await expect(ledger.ping()).rejects.toMatchObject(gone)
    await expect(ledger.accept.job({ projectId, job: newJob(), idempotency: null })).rejects.toMatchObject(
      gone,
    )
  }
  proxy.cut = 'never'
  const recovered = { timeout: 20_000, interval: 50 }
  await vi.waitFor(() => start(ledger, projectId), recovered)
  await vi.waitFor(() => Promise.all(Array.from({ length: 20 }, () => ledger.ping())), recovered)
  await ledger.stop()
  proxy.close()
})

test('a transaction whose backend is killed in the middle fails, and neither the process nor the pool with it', async () => {
  const ledger = createLedger({ url: opened.url, name: 'halftone-killed' })
  const projectId = await newProject(opened.ledger)
  // the accept waits for this lock, so that its backend can be killed inside its transaction
  await opened.sql.begin(async (tx) => {
    await tx`select from projects where id = ${projectId} for update`
    const accepting = ledger.accept.job({ projectId, job: newJob(), idempotency: null })
    const refused = expect(accepting).rejects.toMatchObject({ code: 'unavailable' })
    while (
      (
        await opened.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'halftone-killed' and wait_event_type = 'Lock'`
      ).length === 0
    );
    await refused
  })
  await Promise.all(Array.from({ length: 10 }, () => accept(ledger, projectId, newJob())))
  expect(await ledger.projects.budget(projectId)).toMatchObject({ held: 1_000n })
  await ledger.stop()
})
