-- Whether PostgreSQL answers, for /readyz.

-- name: health_ask
-- door: public
select 1;
