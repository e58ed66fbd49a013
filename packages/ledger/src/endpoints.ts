import { randomBytes } from 'node:crypto'
import { AppError, newId } from '@halftone/contracts'
import type { Database, Sql } from './database.ts'
import { readDeliveries } from './deliveries.ts'
import { keepAnswers } from './idempotency.ts'
import { holdWaiting, releaseHeld } from './judge-endpoints.ts'
import type { EndpointRow, Endpoints } from './ledger.ts'
import { replay } from './replay.ts'
import { newMessageId } from './tell-news.ts'

/** Both sign in this time, so that receivers change theirs when it suits them. */
const rotationHours = 24

export function createEndpoints(database: Database): Endpoints {
  const locked = <T>(
    projectId: string,
    id: string,
    work: (tx: Sql, row: EndpointRow) => Promise<T>,
  ): Promise<T | null> =>
    database.transact(async (tx) => {
      const [row] = await tx<EndpointRow[]>`
        select ${columns(tx)} from webhook_endpoints
        where id = ${id} and project_id = ${projectId} and deleted_at is null for no key update`
      return row ? work(tx, row) : null
    })
  const find: Endpoints['find'] = async (projectId, id) => {
    const [row] = await database.run(
      (sql) => sql<EndpointRow[]>`
      select ${columns(sql)} from webhook_endpoints where id = ${id} and project_id = ${projectId} and deleted_at is null`,
    )
    return row ?? null
  }
  return {
    find,
    async create(projectId, endpoint, { max, idempotency, answer }) {
      const secret = newSecret()
      return database.transact(async (tx) => {
        await tx`select from projects where id = ${projectId} for no key update`
        const [{ n } = { n: 0 }] = await tx<{ n: number }[]>`
          select count(*)::int as n from webhook_endpoints where project_id = ${projectId} and deleted_at is null`
        if (n >= max) throw tooMany(max)
        const { url, origin, description, events, mode } = endpoint
        const [row] = await tx<EndpointRow[]>`
          insert into webhook_endpoints (id, project_id, url, origin, description, events, mode, secret)
          values (${newId('endpoint')}, ${projectId}, ${url}, ${origin}, ${description}, ${events}, ${mode}, ${secret})
          returning ${columns(tx)}`
        if (!row) throw new Error('the endpoint was not stored')
        await send(tx, row, 'endpoint.challenge')
        if (idempotency)
          await keepAnswers(tx, [
            { projectId, idempotency: { ...idempotency, status: 201, answer: answer(row) } },
          ])
        return { row, secret }
      })
    },
    list: (projectId) =>
      database.run(
        (sql) => sql<EndpointRow[]>`
        select ${columns(sql)} from webhook_endpoints where project_id = ${projectId} and deleted_at is null order by id`,
      ),
    change: (projectId, id, to) =>
      locked(projectId, id, async (tx, row) => {
        const moved = to.url !== undefined && to.url !== row.url
        const { url, origin, description, events, mode } = { ...row, ...to }
        const [changed] = await tx<EndpointRow[]>`
          update webhook_endpoints set url = ${url}, origin = ${origin}, description = ${description},
            events = ${events}, mode = ${mode} ${moved ? sqlPending(tx) : tx``}
          where id = ${id} returning ${columns(tx)}`
        if (moved) {
          await holdWaiting(tx, [id])
          await send(tx, row, 'endpoint.challenge')
        }
        return changed ?? row
      }),
    async remove(projectId, id) {
      const removed = await locked(projectId, id, async (tx) => {
        await tx`update webhook_endpoints set deleted_at = now() where id = ${id}`
        await tx`
          update webhook_messages set state = 'exhausted', last_error = 'the endpoint was deleted'
          where endpoint_id = ${id} and state in ('waiting', 'held')`
        return true
      })
      return removed ?? false
    },
    pause: (projectId, id) =>
      locked(projectId, id, async (tx, row) => {
        if (row.status === 'disabled') return row
        await holdWaiting(tx, [id])
        const [paused] = await tx<EndpointRow[]>`
          update webhook_endpoints set status = 'disabled', disabled_because = 'paused' where id = ${id}
          returning ${columns(tx)}`
        return paused ?? row
      }),
    enable: (projectId, id) =>
      locked(projectId, id, async (tx, row) => {
        if (row.status !== 'disabled') return row
        const status = row.verifiedAt ? 'active' : 'pending'
        const [enabled] = await tx<EndpointRow[]>`
          update webhook_endpoints set status = ${status}, disabled_because = null, failing_since = null,
            failing_message = null, failing_spread = false, failing_told = false
          where id = ${id} returning ${columns(tx)}`
        if (row.verifiedAt) await releaseHeld(tx, [id])
        else await send(tx, row, 'endpoint.challenge')
        return enabled ?? row
      }),
    rotate: (projectId, id) =>
      locked(projectId, id, async (tx, row) => {
        const secret = newSecret()
        const [rotated] = await tx<EndpointRow[]>`
          update webhook_endpoints set previous_secret = secret,
            previous_until = now() + ${rotationHours}::float8 * interval '1 hour', secret = ${secret}
          where id = ${id} returning ${columns(tx)}`
        return { row: rotated ?? row, secret }
      }),
    test: (projectId, id) =>
      locked(projectId, id, async (tx, row) => {
        if (row.status === 'disabled') throw isDisabled()
        return send(tx, row, row.status === 'pending' ? 'endpoint.challenge' : 'endpoint.test')
      }),
    async deliveries(projectId, id, filter) {
      if (!(await find(projectId, id))) return null
      return database.run((sql) => readDeliveries(sql, id, filter))
    },
    replay: (projectId, id, what) =>
      locked(projectId, id, async (tx, row) => {
        if (row.status !== 'active') throw isDisabled()
        return replay(tx, row, what)
      }),
  }
}

function columns(sql: Sql) {
  return sql`id, project_id as "projectId", url, origin, description, events, mode, status,
    disabled_because as "disabledBecause", failing_since as "failingSince",
    case when previous_until > now() then previous_until end as "previousUntil",
    created_at as "createdAt", verified_at as "verifiedAt"`
}

/** A paused one stays so, and has to answer when it is enabled. */
function sqlPending(tx: Sql) {
  return tx`, status = case when status = 'disabled' then status else 'pending' end, verified_at = null,
    failing_since = null, failing_message = null, failing_spread = false, failing_told = false`
}

async function send(
  tx: Sql,
  { id, projectId, url }: EndpointRow,
  type: 'endpoint.challenge' | 'endpoint.test',
): Promise<string> {
  const [row] = await tx<{ id: string }[]>`
    insert into webhook_messages (id, project_id, type, sequence, url, endpoint_id, data)
    values (${newMessageId(tx)}, ${projectId}, ${type}, 1, ${url}, ${id}, ${tx.json({ endpoint_id: id })})
    returning id`
  return row?.id ?? ''
}

function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

function isDisabled(): AppError {
  return new AppError('impossible', 'nothing is sent to an endpoint that is not active', {
    field: '/id',
    next: 'POST …/enable first; a pending one has to answer its challenge with 2xx',
  })
}

function tooMany(max: number): AppError {
  return new AppError('impossible', `a project has at most ${max} webhook endpoints`, {
    field: '/url',
    limit: max,
    next: 'delete one, or give one endpoint more events',
  })
}
