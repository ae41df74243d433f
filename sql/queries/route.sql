-- How many phones of each extension are registered, for `centrex route explain`; the engine knows
-- it from memory.

-- name: route_phones
select r.extension_id, count(*) from registrations r where r.expires_at > now()
group by r.extension_id;
