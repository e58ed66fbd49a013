-- Laid over the product's own tables by a chaos run: who was above a limit at any commit, and when intents were written.
create table chaos_over_budget (account text, held bigint, spent bigint, budget bigint, overrun bigint);
create sequence chaos_audited;
create table chaos_intents (attempt_id text primary key, at timestamptz not null);

-- deferred: it looks at what is about to be committed, whatever went before in the transaction
create function chaos_audit_project() returns trigger language plpgsql as $$
begin
  perform nextval('chaos_audited');
  insert into chaos_over_budget
    select p.id, p.held_nano, p.spent_nano, p.budget_nano,
      (select coalesce(sum(nano), 0) from ledger_entries where project_id = p.id and kind = 'overrun')
    from projects p where p.id = new.id and p.held_nano + p.spent_nano > p.budget_nano;
  return null;
end $$;
create function chaos_audit_bulk() returns trigger language plpgsql as $$
begin
  perform nextval('chaos_audited');
  insert into chaos_over_budget
    select b.id, b.held_nano, b.spent_nano, b.budget_nano,
      (select coalesce(sum(nano), 0) from ledger_entries where bulk_id = b.id and kind = 'overrun')
    from bulks b where b.id = new.id and b.held_nano + b.spent_nano > b.budget_nano;
  return null;
end $$;
create function chaos_note_intent() returns trigger language plpgsql as $$
begin
  insert into chaos_intents values (new.id, clock_timestamp());
  return null;
end $$;

create constraint trigger chaos_projects after insert or update on projects
  deferrable initially deferred for each row execute function chaos_audit_project();
create constraint trigger chaos_bulks after insert or update on bulks
  deferrable initially deferred for each row execute function chaos_audit_bulk();
create constraint trigger chaos_attempts after insert on attempts
  deferrable initially deferred for each row execute function chaos_note_intent();
