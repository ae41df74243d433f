-- What an import has to know beforehand (web/api_import).

-- name: import_users_known
-- door: public
-- $1: a JSON array of e-mail addresses in lower case; those of them that users have.
select lower(u.email) from public.users u
where lower(u.email) in (select x from jsonb_array_elements_text($1::jsonb) x);
