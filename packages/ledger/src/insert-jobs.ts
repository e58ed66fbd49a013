import { asRows, type Sql } from './database.ts'
import type { NewJob } from './ledger.ts'

export interface JobToInsert {
  projectId: string
  bulkId: string | null
  bulkIndex: number | null
  job: NewJob
}

/** One statement for any number of jobs. */
export function insertJobs(tx: Sql, jobs: JobToInsert[]) {
  const rows = jobs.map(({ job, ...place }) => ({
    ...place,
    ...job,
    priority: job.body.priority,
    quoteId: job.quote?.id ?? null,
    quotedModel: job.quote?.model ?? null,
    overrunMax: job.quote?.overrunMax ?? null,
    retryOf: job.retryOf ?? null,
    webhookEndpointId: job.webhookEndpointId ?? null,
    parentId: job.chain?.parentId ?? null,
    rootId: job.chain?.rootId ?? null,
    depth: job.chain?.depth ?? 0,
    chainLimit: job.chain?.limit ?? null,
    fresh: job.fresh ?? null,
  }))
  return tx`
    insert into jobs (id, project_id, bulk_id, bulk_index, body, inputs, priority, deadline, run_at,
      hold_nano, ceiling_nano, quoted_nano, baseline_nano, webhook_url, quote_id, quoted_model, overrun_max_nano,
      parent_job_id, chain_root_id, chain_depth, chain_limit_nano, fresh_nano, retry_of, webhook_endpoint_id)
    select id, "projectId", "bulkId", "bulkIndex", body, inputs, priority, deadline, "runAt",
      hold, ceiling, quoted, baseline, "webhookUrl", "quoteId", "quotedModel", "overrunMax",
      "parentId", "rootId", depth, "chainLimit", fresh, "retryOf", "webhookEndpointId"
    from json_to_recordset(${asRows(rows)}::text::json)
      as r (id text, "projectId" text, "bulkId" text, "bulkIndex" int, body jsonb, inputs jsonb,
        priority smallint, deadline timestamptz, "runAt" timestamptz, hold bigint, ceiling bigint,
        quoted bigint, baseline bigint, "webhookUrl" text, "quoteId" text, "quotedModel" text, "overrunMax" bigint,
        "parentId" text, "rootId" text, depth int, "chainLimit" bigint, fresh bigint,
        "retryOf" text, "webhookEndpointId" text)`
}
