-- A token that a screen on the wall keeps for as long as it hangs there: it reads figures of queues.
alter table public.tokens add column wallboard boolean not null default false;

alter table public.tokens add constraint tokens_wallboard_check
	check (not wallboard or (role = 'admin' and role is not null));

comment on column public.tokens.wallboard is
	'The token only reads the figures of queues, of all of them: its role says who must be behind it.';
