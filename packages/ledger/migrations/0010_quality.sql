-- What was measured of models, by content type and method: history, never changed in place. The current word of each is
-- the one without replaced_at.
create table quality_scores (
  version bigint generated always as identity primary key,
  provider text not null,
  model text not null,
  content_type text not null,
  method text not null,
  score double precision not null check (score between 0 and 1),
  -- of 95 %
  low double precision not null check (low between 0 and 1),
  high double precision not null check (high between 0 and 1),
  -- pictures, or votes
  n int not null check (n > 0),
  measured_at timestamptz not null,
  note text,
  recorded_at timestamptz not null default now(),
  replaced_at timestamptz,
  check (low <= high)
);
create unique index quality_scores_current on quality_scores (provider, model, content_type, method)
  where replaced_at is null;

-- Least quality accepted, where it is not the catalogue's: for everybody, or for one project.
create table quality_floors (
  version bigint generated always as identity primary key,
  project_id text references projects,
  content_type text not null,
  floor double precision not null check (floor between 0 and 1),
  source text not null,
  set_at timestamptz not null default now(),
  replaced_at timestamptz
);
create unique index quality_floors_current on quality_floors (coalesce(project_id, ''), content_type)
  where replaced_at is null;
