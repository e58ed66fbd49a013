-- Masks that are a predefined template: known once by the file, and by each job for whoever may lot it.
alter table files add column mask_template text;
alter table jobs add column mask_template text generated always as (inputs -> 'mask' ->> 'template') stored;

-- Edits of edits. All that descends from one job is its chain; a job that nothing links is no part of one.
alter table jobs
  add column parent_job_id text references jobs,
  -- its own id where it is the root and has a limit
  add column chain_root_id text references jobs,
  add column chain_depth int not null default 0,
  -- the most that the chain may cost, as said by this job or the nearest before it
  add column chain_limit_nano bigint check (chain_limit_nano >= 0),
  -- what a new picture of this size would have cost when the job was accepted; null = not asked, or nobody makes one
  add column fresh_nano bigint check (fresh_nano >= 0),
  add check (chain_root_id is not null or (parent_job_id is null and chain_limit_nano is null));
create index jobs_by_chain on jobs (chain_root_id) where chain_root_id is not null;
