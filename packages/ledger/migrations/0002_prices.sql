-- What guards the price book: how fresh each source is, what was not believed, and what happened to prices.

alter table price_sources
  add column role text not null default 'authority' check (role in ('operator', 'authority', 'tripwire')),
  -- whose prices it may set; empty = it sets none
  add column providers text[] not null default '{}',
  -- false: no longer configured, so that nobody waits for it
  add column active boolean not null default false,
  add column answered_at timestamptz,
  -- of what it said last, and since when it says so: a feed may answer for ever and stand still
  add column digest text,
  add column digest_since timestamptz;

create table price_quarantine (
  id bigint generated always as identity primary key,
  source text not null,
  -- null = the whole refresh
  rule_id text,
  kind text not null check (kind in ('leap', 'nonsense', 'gone', 'shrunk')),
  reason text not null,
  -- the rule as the source wants it; of a whole refresh, what it lacks
  reading jsonb not null,
  -- two readings of equal digest say the same
  digest text not null,
  state text not null default 'held' check (state in ('held', 'released', 'refused')),
  -- poll: said again; source: taken back; operator
  decided_by text check (decided_by in ('poll', 'source', 'operator')),
  polls int not null default 1,
  first_seen timestamptz not null default now(),
  last_seen timestamptz not null default now(),
  decided_at timestamptz
);
create unique index price_quarantine_held on price_quarantine (source, coalesce(rule_id, ''), digest) where state = 'held';
create index price_quarantine_by_source on price_quarantine (source, state);

create table price_events (
  id bigint generated always as identity primary key,
  kind text not null,
  at timestamptz not null default now(),
  -- an event of the same kind and key is told once; null = always
  key text,
  detail jsonb not null
);
create unique index price_events_once on price_events (kind, key) where key is not null;
