-- What a program of before may do on this schema, and two of one node's name.

-- To a program of before wallboards, `role` says admin: it does not find such a token. sql/queries/principal.sql
-- looks for both.
update public.tokens set secret_hash = sha256(secret_hash || 'wallboard') where wallboard;

comment on column public.tokens.secret_hash is
	'BLAKE2b of the secret; of a wallboard''s, SHA-256 of that and ''wallboard'': programs that know no wallboards do not find it.';

-- Which process wrote a row; null: one of before.
alter table public.node_tenants add column instance uuid;

comment on column public.node_tenants.instance is
	'The process that wrote the row, by when it began: one that ends takes no row of its successor along.';
