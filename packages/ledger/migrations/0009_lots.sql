-- Lots: jobs that go to a provider's batch API together. A job waits for its lot as it does for a pool; it is a line of
-- it from the commit that makes its attempt.
create table lots (
  id text primary key,
  provider text not null,
  account text not null,
  model text not null,
  operation text not null,
  -- the predefined mask template of its edits; '' = none
  template text not null default '',
  -- submitting: its lines' attempts are committed, and it may have been sent. lost: the provider never had it.
  state text not null default 'collecting' check (state in ('collecting', 'submitting', 'submitted', 'ended', 'lost')),
  -- only the holder of the newest fence may write; a new holder's fence is also that of its live lines
  fence bigint not null default 0,
  lease_owner text,
  lease_until timestamptz not null default '-infinity',
  -- the provider's ids: of what was uploaded, and of the batch
  input_file text,
  provider_ref text,
  lines int not null default 0,
  done int not null default 0,
  -- lines that brought no picture and went back to be planned, or failed
  undone int not null default 0,
  -- when it is canceled, so that what is missing can be done at the live tier in time
  return_by timestamptz,
  cancel_asked_at timestamptz,
  created_at timestamptz not null default now(),
  closed_at timestamptz,
  submitted_at timestamptz,
  ended_at timestamptz,
  check (state not in ('submitted', 'ended') or provider_ref is not null)
);
create unique index lots_collecting on lots (provider, account, model, operation, template) where state = 'collecting';
create unique index lots_by_ref on lots (provider, provider_ref) where provider_ref is not null;
create index lots_by_lease on lots (provider, lease_until) where state in ('submitting', 'submitted');

alter table attempts
  add column lot_id text references lots,
  -- what the same call would have cost at the live tier
  add column live_nano bigint check (live_nano >= 0);
create index attempts_by_lot on attempts (lot_id) where lot_id is not null;

-- The door that speaks OpenAI's Files and Batches. A batch is a bulk of ours with its lines' names.
create table batch_files (
  id text primary key,
  project_id text not null references projects,
  purpose text not null check (purpose in ('batch', 'batch_output')),
  filename text not null,
  bytes bigint not null check (bytes >= 0),
  -- of an input; what a batch puts out is written when it is asked for
  sha256 text,
  batch_id text,
  created_at timestamptz not null default now(),
  check ((purpose = 'batch') = (sha256 is not null))
);
create index batch_files_by_project on batch_files (project_id, id desc);

create table client_batches (
  id text primary key,
  project_id text not null references projects,
  endpoint text not null,
  input_file_id text not null,
  input_sha256 text not null,
  status text not null default 'validating'
    check (status in ('validating', 'failed', 'in_progress', 'completed', 'expired', 'cancelled')),
  metadata jsonb not null default '{}',
  webhook jsonb,
  errors jsonb not null default '[]',
  bulk_id text references bulks,
  -- custom_id of each job, in the bulk's order
  custom_ids jsonb not null default '[]',
  -- lines that were refused: {custom_id, status, body}
  refused jsonb not null default '[]',
  cancel_asked_at timestamptz,
  output_file_id text,
  error_file_id text,
  completed int not null default 0,
  failed int not null default 0,
  -- whoever reads its lines
  taken_until timestamptz not null default '-infinity',
  created_at timestamptz not null default now(),
  begun_at timestamptz,
  ended_at timestamptz,
  expires_at timestamptz not null
);
create index client_batches_by_project on client_batches (project_id, id desc);
create index client_batches_open on client_batches (created_at) where status in ('validating', 'in_progress');
