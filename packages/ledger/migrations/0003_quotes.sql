-- Prices that were promised. A quote binds at most one job or bulk, until it expires.
create table quotes (
  id text primary key,
  project_id text not null references projects,
  kind text not null check (kind in ('job', 'bulk')),
  -- over all that shapes the price: equal requests have equal digests
  request_digest bytea not null,
  -- what was asked, as far as it shapes the price
  body jsonb not null,
  -- what was promised
  plan jsonb not null,
  price_version bigint not null,
  -- null = nobody could do it: there is nothing to bind
  total_nano bigint check (total_nano >= 0),
  expires_at timestamptz not null,
  -- the job or bulk that it binds
  used_by text,
  created_at timestamptz not null default now()
);
create index quotes_by_project on quotes (project_id, id desc);

-- A job with a quote is billed quoted_nano at most, and holds just that; what it costs beyond is the operator's.
alter table jobs
  add column quote_id text references quotes,
  -- provider/model
  add column quoted_model text,
  -- the most that the operator pays for this job beyond the quote, as it was when the job was accepted
  add column overrun_max_nano bigint check (overrun_max_nano >= 0),
  -- what the operator has paid beyond the quote, or may turn out to have for calls of unknown outcome
  add column absorbed_nano bigint not null default 0 check (absorbed_nano >= 0),
  add check ((quote_id is null) = (quoted_model is null) and (quote_id is null) = (overrun_max_nano is null)),
  add check (quote_id is null or quoted_nano is not null);

-- absorbed: from the operator's own account, never the project's
alter table ledger_entries
  drop constraint ledger_entries_kind_check,
  drop constraint ledger_entries_from_account_check,
  drop constraint ledger_entries_to_account_check,
  add constraint ledger_entries_kind_check check (kind in
    ('hold', 'raise', 'release', 'settle', 'overrun', 'absorbed', 'resolve_paid', 'resolve_free')),
  add constraint ledger_entries_from_account_check check (from_account in ('available', 'held', 'spent', 'operator')),
  add constraint ledger_entries_to_account_check check (to_account in ('available', 'held', 'spent', 'absorbed')),
  add constraint ledger_entries_absorbed_check check (
    (kind = 'absorbed') = (from_account = 'operator') and (kind = 'absorbed') = (to_account = 'absorbed'));
create index ledger_absorbed on ledger_entries (id desc) where kind = 'absorbed';
