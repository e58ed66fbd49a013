import type postgres from 'postgres'

/** I7 at every commit: triggers note each balance that grew beyond its limit. Only an overrun may do that. */
export async function installAudit(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    create table chaos_audit (account text not null, beyond bigint not null);
    create function note_beyond() returns trigger language plpgsql as $$
      begin
        if new.held_nano + new.spent_nano > new.budget_nano
          and (tg_op = 'INSERT' or new.held_nano + new.spent_nano > old.held_nano + old.spent_nano) then
          insert into chaos_audit values (new.id, new.held_nano + new.spent_nano
            - case when tg_op = 'INSERT' then new.budget_nano
              else greatest(new.budget_nano, old.held_nano + old.spent_nano) end);
        end if;
        return new;
      end $$;
    create trigger note_beyond after insert or update on projects for each row execute function note_beyond();
    create trigger note_beyond after insert or update on bulks for each row execute function note_beyond();`)
}

/** Accounts whose money grew beyond their limit by more than their overruns. */
export async function budgetsBroken(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ account: string }[]>`
    select a.account from chaos_audit a group by a.account
    having sum(a.beyond) > coalesce((select sum(e.nano) from ledger_entries e
      where e.kind = 'overrun' and a.account in (e.project_id, e.bulk_id)), 0)`
  return rows.map(({ account }) => account)
}
