-- Finding the truth about calls whose outcome nobody knew.

alter table attempts
  -- tickets for a takeover that nobody answered: after some, nobody will
  add column unanswered smallint not null default 0,
  -- the plan that it was made by: a job bought once more has another by then. null = made before this was kept
  add column plan_id text references plans,
  -- the provider's id as a verified callback told it; a hint, until a worker asks the provider by it
  add column callback_ref text,
  -- an unknown one is looked at again after this
  add column reconcile_after timestamptz not null default '-infinity',
  -- what its resolution rests on
  add column evidence jsonb,
  add column resolved_at timestamptz,
  -- since when nothing but a person can tell
  add column person_since timestamptz;
drop index attempts_unknown;
create index attempts_unknown on attempts (provider, reconcile_after) where state = 'unknown';

alter table jobs
  -- bought once more after an unknown outcome: never a second time
  add column rebuys smallint not null default 0,
  -- what resolved attempts were charged to the project, in cost_nano once the job has ended
  add column resolved_nano bigint not null default 0 check (resolved_nano >= 0);
