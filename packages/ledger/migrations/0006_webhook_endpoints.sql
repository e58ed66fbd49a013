-- Webhook endpoints, the log of what was sent to them, and the events that they and streams are told from.

create table webhook_endpoints (
  id text primary key,
  project_id text not null references projects,
  url text not null,
  origin text not null,
  description text not null default '',
  -- empty = all that can be subscribed to
  events text[] not null default '{}',
  -- of a bulk's jobs and the bulk itself, which are told; jobs outside of bulks always are
  mode text not null check (mode in ('per_job', 'per_bulk', 'both')),
  -- pending: its challenge was not answered yet. Nothing else is sent to it, nor to a disabled one: it is held.
  status text not null default 'pending' check (status in ('pending', 'active', 'disabled')),
  disabled_because text check (disabled_because in ('paused', 'gone', 'failing')),
  secret text not null,
  -- signs beside the newer one until then
  previous_secret text,
  previous_until timestamptz,
  -- nothing was taken since then; null = the last message was
  failing_since timestamptz,
  failing_message text,
  -- another message failed, long enough after the first
  failing_spread boolean not null default false,
  failing_told boolean not null default false,
  created_at timestamptz not null default now(),
  verified_at timestamptz,
  deleted_at timestamptz,
  check ((status = 'disabled') = (disabled_because is not null)),
  check ((previous_secret is null) = (previous_until is null))
);
create index webhook_endpoints_by_project on webhook_endpoints (project_id, id) where deleted_at is null;

alter table jobs add column webhook_endpoint_id text references webhook_endpoints;
alter table bulks add column webhook_endpoint_id text references webhook_endpoints;

-- All that happened and can be told, whether or not anybody is. Read in the order of (xid, seq), up to the oldest
-- transaction that is still open: what commits late is never skipped.
create table events (
  seq bigint generated always as identity,
  xid xid8 not null default pg_current_xact_id(),
  id text not null,
  project_id text not null references projects,
  type text not null,
  job_id text,
  bulk_id text,
  sequence int not null,
  -- of events about neither a job nor a bulk
  data jsonb,
  at timestamptz not null default now(),
  primary key (project_id, xid, seq)
);
create index events_at on events (at);

alter table webhook_messages
  add column endpoint_id text references webhook_endpoints,
  add column event_id text,
  add column data jsonb,
  drop constraint webhook_messages_state_check,
  add constraint webhook_messages_state_check check (state in ('waiting', 'held', 'delivered', 'exhausted'));
create index webhook_messages_by_endpoint on webhook_messages (endpoint_id, id desc) where endpoint_id is not null;

-- Each try of a message to an endpoint, for its owner.
create table webhook_attempts (
  id bigint generated always as identity primary key,
  message_id text not null references webhook_messages,
  at timestamptz not null default now(),
  status int,
  latency_ms int not null,
  error text,
  -- the first of what the receiver answered
  answer text
);
create index webhook_attempts_by_message on webhook_attempts (message_id);
