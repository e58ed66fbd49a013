-- What the operator said of a provider's pool; one without a row is active.
create table pools (
  id text primary key,
  -- paused: nothing new starts. draining: the same, and drained once nothing is under way any more.
  state text not null check (state in ('active', 'paused', 'draining', 'drained')),
  since timestamptz not null default now()
);
