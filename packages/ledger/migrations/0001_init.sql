-- The truth of Halftone. Money is bigint nano-dollars. Times are this server's.

create table projects (
  id text primary key,
  name text not null unique,
  webhook_secret text not null,
  -- null = no limit
  budget_nano bigint check (budget_nano >= 0),
  held_nano bigint not null default 0 check (held_nano >= 0),
  spent_nano bigint not null default 0 check (spent_nano >= 0),
  created_at timestamptz not null default now()
);

create table api_keys (
  id text primary key,
  project_id text not null references projects,
  -- SHA-256 of the key: keys have full entropy, so no slow hash is needed
  hash bytea not null unique,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);

create table idempotency (
  project_id text not null references projects,
  key text not null,
  request_hash bytea not null,
  status int not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  primary key (project_id, key)
);

create table plans (
  id text primary key,
  -- one row per request shape and market version
  digest bytea not null unique,
  body jsonb not null,
  created_at timestamptz not null default now()
);

create table bulks (
  id text primary key,
  project_id text not null references projects,
  status text not null default 'running' check (status in ('running', 'paused', 'completed', 'canceled')),
  -- 2026-11-22: a bulk is canceled only once all its jobs ended; until then this says what it will be
  cancel_requested boolean not null default false,
  total int not null,
  ended int not null default 0,
  -- null = only the project's own limit
  budget_nano bigint check (budget_nano >= 0),
  held_nano bigint not null default 0 check (held_nano >= 0),
  spent_nano bigint not null default 0 check (spent_nano >= 0),
  baseline_nano bigint,
  baseline_model text,
  expected_finish timestamptz,
  webhook_url text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index bulks_by_project on bulks (project_id, id desc);

create table jobs (
  id text primary key,
  project_id text not null references projects,
  bulk_id text references bulks,
  bulk_index int,
  status text not null default 'queued'
    check (status in ('queued', 'classified', 'dispatched', 'running', 'succeeded', 'failed', 'canceled', 'expired')),
  -- the job as posted, defaults filled in
  body jsonb not null,
  -- resolved inputs: {width, height, images: [InputImage], mask: InputMask | null}
  inputs jsonb not null,
  priority smallint not null default 2,
  deadline timestamptz not null,
  run_at timestamptz not null default now(),
  -- content type as tagged
  tag jsonb,
  -- dispatch: the pool (a provider's id) it waits for; null = to be planned
  pool text,
  plan_id text references plans,
  -- one dispatch more is one generation more; a ticket of an older one is void
  generation int not null default 0,
  -- providers (or provider/model) that already failed this job
  avoid text[] not null default '{}',
  -- not planned again before this
  plan_after timestamptz not null default '-infinity',
  dispatched_at timestamptz,
  recoveries smallint not null default 0,
  cancel_requested boolean not null default false,
  -- money held for this job now, unknown attempts' part included
  hold_nano bigint not null default 0 check (hold_nano >= 0),
  -- 2026-11-22: of hold_nano, what unknown attempts keep; here, so that no hot query adds attempts up
  unknown_nano bigint not null default 0 check (unknown_nano between 0 and hold_nano),
  -- the most this job may ever hold: the caller's ceiling, or null
  ceiling_nano bigint,
  quoted_nano bigint,
  baseline_nano bigint,
  cost_nano bigint,
  provider text,
  model text,
  latency_missed boolean not null default false,
  images jsonb not null default '[]',
  error jsonb,
  webhook_url text,
  -- rises with every event told about this job
  sequence int not null default 0,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index jobs_by_project on jobs (project_id, id desc);
create index jobs_by_bulk on jobs (bulk_id, bulk_index) where bulk_id is not null;
create index jobs_queued on jobs (created_at) where status = 'queued';
create index jobs_unplanned on jobs (project_id, priority, deadline, id) where status = 'classified' and pool is null;
create index jobs_ready on jobs (pool, project_id, priority, deadline, id) where status = 'classified' and pool is not null;
create index jobs_dispatched on jobs (dispatched_at) where status = 'dispatched';
-- 2026-11-22: the operator's view counts them without reading ended jobs
create index jobs_running on jobs (pool) where status = 'running';
create index jobs_deadline on jobs (deadline) where status in ('queued', 'classified', 'dispatched');

create table attempts (
  id text primary key,
  job_id text not null references jobs,
  generation int not null,
  provider text not null,
  model text not null,
  account text not null,
  operation text not null,
  state text not null check (state in ('submitting', 'submitted', 'settled', 'released', 'unknown', 'resolved')),
  -- only the holder of the newest fence may write
  fence bigint not null default 1,
  lease_owner text,
  lease_until timestamptz not null,
  -- 2026-11-22: the claim that holds the lease (its own id, or a takeover's), so that a claim whose COMMIT
  -- got lost is answered the same when it is repeated
  claimed_as text not null,
  -- 2026-11-22: the fence whose expiry was counted as a recovery, and when to ticket the job once more
  recovered_fence bigint not null default 0,
  recover_after timestamptz not null default '-infinity',
  provider_ref text,
  rule_id text not null,
  price_version bigint not null,
  -- the most this attempt can cost; what is held for it
  worst_nano bigint not null,
  cost_nano bigint,
  paid boolean,
  error jsonb,
  started_at timestamptz not null default now(),
  submitted_at timestamptz,
  finished_at timestamptz,
  simulated boolean not null default false
);
-- a job is never bought twice at the same time
create unique index attempts_live on attempts (job_id) where state in ('submitting', 'submitted');
create unique index attempts_by_ref on attempts (provider, provider_ref) where provider_ref is not null;
create index attempts_by_job on attempts (job_id);
create index attempts_by_lease on attempts (lease_until) where state in ('submitting', 'submitted');
create index attempts_unknown on attempts (started_at) where state = 'unknown';

-- Append-only: every movement of money, from one account of the project to another.
create table ledger_entries (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('hold', 'raise', 'release', 'settle', 'overrun', 'resolve_paid', 'resolve_free')),
  project_id text not null references projects,
  bulk_id text references bulks,
  job_id text references jobs,
  attempt_id text references attempts,
  from_account text not null check (from_account in ('available', 'held', 'spent')),
  to_account text not null check (to_account in ('available', 'held', 'spent')),
  nano bigint not null check (nano >= 0),
  price_version bigint,
  at timestamptz not null default now(),
  check (from_account <> to_account)
);
create unique index ledger_once_per_attempt on ledger_entries (attempt_id, kind) where attempt_id is not null;
create index ledger_by_job on ledger_entries (job_id) where job_id is not null;
create index ledger_by_project on ledger_entries (project_id, at);

create function ledger_is_append_only() returns trigger language plpgsql as
  $$ begin raise exception 'ledger entries are never changed'; end $$;
create trigger ledger_entries_append_only before update or delete or truncate on ledger_entries
  for each statement execute function ledger_is_append_only();

create table files (
  id text primary key,
  project_id text not null references projects,
  purpose text not null check (purpose in ('image', 'mask', 'result')),
  sha256 text not null,
  width int not null,
  height int not null,
  format text not null,
  bytes int not null,
  masked_pixels int,
  job_id text,
  created_at timestamptz not null default now()
);

-- Outbox of events. The body is rendered when it is sent; the id stays the same over retries and replays.
create table webhook_messages (
  id text primary key,
  project_id text not null references projects,
  type text not null,
  job_id text references jobs,
  bulk_id text references bulks,
  sequence int not null,
  url text not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'exhausted')),
  tries int not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_status int,
  last_error text,
  created_at timestamptz not null default now(),
  delivered_at timestamptz
);
create index webhook_messages_due on webhook_messages (next_attempt_at) where state = 'waiting';

-- The price book: history, never changed in place. The current rule is the one without valid_until.
create table price_rules (
  version bigint primary key,
  rule_id text not null,
  rule jsonb not null,
  valid_from timestamptz not null default now(),
  valid_until timestamptz
);
create unique index price_rules_current on price_rules (rule_id) where valid_until is null;
create index price_rules_history on price_rules (rule_id, version desc);

create table price_sources (
  id text primary key,
  checked_at timestamptz,
  changed_at timestamptz,
  misses int not null default 0,
  last_error text
);
