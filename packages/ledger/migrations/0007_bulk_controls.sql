-- A morning after: what is bought once more, and where the money went.

alter table bulks add column retry_of text references bulks;
alter table jobs add column retry_of text references jobs;
-- a job is bought once more at most once; the newer one may be in turn
create unique index jobs_by_retry on jobs (retry_of) where retry_of is not null;

create index jobs_by_finish on jobs (project_id, finished_at) where finished_at is not null;
