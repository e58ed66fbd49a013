import type { UsageDimension } from '@halftone/contracts'
import type { Database, Sql } from './database.ts'
import type { Usage, UsageRow, UsageSums } from './ledger.ts'

type UsageRecord = UsageSums & { groups: (string | null)[] | null; isTotal: boolean }

/** Where the money went, in one pass over the jobs that ended in the time asked for. */
export function createUsage(database: Database): Usage {
  return {
    async sum(projectId, { from, to, groupBy, simulated, rowsMax }) {
      const records = await database.run((sql) => {
        const groups = groupBy.map((dimension) => expression(sql, dimension))
        const listed = groups.reduce((all, one, i) => (i === 0 ? one : sql`${all}, ${one}`), sql``)
        return sql<UsageRecord[]>`
          with sums as (
            select ${groups.length === 0 ? sql`null::text[]` : sql`array[${listed}]::text[]`} as groups,
              count(*)::int as jobs,
              (count(*) filter (where status = 'succeeded'))::int as succeeded,
              coalesce(sum(jsonb_array_length(images)), 0)::int as images,
              coalesce(sum(cost_nano), 0)::bigint as cost,
              coalesce(sum(baseline_nano) filter (where status = 'succeeded'), 0)::bigint as baseline,
              coalesce(sum(baseline_nano - cost_nano) filter (where status = 'succeeded'), 0)::bigint as savings,
              coalesce(sum(all_rounder_nano - cost_nano) filter (where status = 'succeeded'), 0)::bigint
                as "affinitySavings",
              coalesce(sum(unknown_nano), 0)::bigint as "unknownHeld"
            from jobs j left join (
              select id as planned, (body->'affinity'->'all_rounder'->>'cost_nano')::bigint as all_rounder_nano
              from plans) as plan on planned = j.plan_id
            where project_id = ${projectId} and finished_at >= ${from} and finished_at < ${to}
              and not exists (select from attempts a where a.job_id = j.id and a.simulated <> ${simulated})
            group by 1)
          select groups, false as "isTotal", jobs, succeeded, images, cost, baseline, savings, "affinitySavings",
            "unknownHeld" from (
            select * from sums order by ${order(sql, groupBy)} limit ${rowsMax}) as shown
          union all
          select null, true, coalesce(sum(jobs), 0)::int, coalesce(sum(succeeded), 0)::int,
            coalesce(sum(images), 0)::int, coalesce(sum(cost), 0)::bigint, coalesce(sum(baseline), 0)::bigint,
            coalesce(sum(savings), 0)::bigint, coalesce(sum("affinitySavings"), 0)::bigint,
            coalesce(sum("unknownHeld"), 0)::bigint from sums`
      })
      const total = records.find((record) => record.isTotal)
      if (!total) throw new Error('a sum over no rows is a row')
      return { rows: records.filter((record) => !record.isTotal).map(toRow), total: toSums(total) }
    },
  }
}

function expression(sql: Sql, dimension: UsageDimension) {
  switch (dimension) {
    case 'provider':
      return sql`provider`
    case 'model':
      return sql`model`
    case 'content_type':
      return sql`tag->>'label'`
    case 'operation':
      return sql`body->>'operation'`
    case 'status':
      return sql`status`
    case 'bulk':
      return sql`bulk_id`
    case 'day':
      return sql`to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD')`
    default:
      return sql`body->'metadata'->>${dimension.slice('metadata.'.length)}::text`
  }
}

function order(sql: Sql, groupBy: readonly UsageDimension[]) {
  const day = groupBy.indexOf('day')
  return day < 0 ? sql`cost desc, groups` : sql`groups[${day + 1}::int], cost desc, groups`
}

function toRow(record: UsageRecord): UsageRow {
  return { group: record.groups ?? [], ...toSums(record) }
}

function toSums(record: UsageRecord): UsageSums {
  const { jobs, succeeded, images, cost, baseline, savings, affinitySavings, unknownHeld } = record
  return { jobs, succeeded, images, cost, baseline, savings, affinitySavings, unknownHeld }
}
