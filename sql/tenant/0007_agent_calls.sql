-- call_id: which call of a queue the state is about, so that who is rung can be told who calls. ready_at: when
-- available was last asked for, which ends a wrap-up that began before.
alter table agents
	add column call_id uuid,
	add column ready_at timestamptz;
