-- Roles and table for the sensei exporter, with the least rights. Run once on the primary, as a
-- superuser; running it again changes nothing but the passwords. Needs psql 14 or later as the client
-- and PostgreSQL 12 or later as the server.
--
--   export SENSEI_MONITOR_PASSWORD=... SENSEI_CANARY_PASSWORD=...
--   psql -X -v ON_ERROR_STOP=1 -d postgres -f sql/monitoring.sql
--
-- sensei_monitor  reads statistics views (pg_monitor) and the heartbeat; writes nothing.
-- sensei_canary   writes and reads the heartbeat row; nothing else.

\getenv monitor_password SENSEI_MONITOR_PASSWORD
\getenv canary_password SENSEI_CANARY_PASSWORD
\if :{?monitor_password}
\else
  \warn 'SENSEI_MONITOR_PASSWORD is not set: export it, then run this file again'
  SELECT 1/0 AS sensei_monitor_password_is_not_set;
\endif
\if :{?canary_password}
\else
  \warn 'SENSEI_CANARY_PASSWORD is not set: export it, then run this file again'
  SELECT 1/0 AS sensei_canary_password_is_not_set;
\endif

BEGIN;
-- Statements are not logged here: they hold the passwords.
SET LOCAL log_statement = 'none';
SET LOCAL log_min_duration_statement = -1;

SELECT 'CREATE ROLE sensei_monitor LOGIN NOINHERIT' WHERE NOT EXISTS
  (SELECT FROM pg_roles WHERE rolname = 'sensei_monitor') \gexec
SELECT 'CREATE ROLE sensei_canary LOGIN NOINHERIT' WHERE NOT EXISTS
  (SELECT FROM pg_roles WHERE rolname = 'sensei_canary') \gexec

ALTER ROLE sensei_monitor WITH LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  CONNECTION LIMIT 8 PASSWORD :'monitor_password';
ALTER ROLE sensei_canary WITH LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  CONNECTION LIMIT 8 PASSWORD :'canary_password';
ALTER ROLE sensei_monitor SET default_transaction_read_only = on;
ALTER ROLE sensei_monitor SET statement_timeout = '10s';
ALTER ROLE sensei_canary SET statement_timeout = '10s';
ALTER ROLE sensei_canary SET lock_timeout = '5s';
GRANT pg_monitor TO sensei_monitor;

CREATE SCHEMA IF NOT EXISTS sensei;
REVOKE ALL ON SCHEMA sensei FROM PUBLIC;

-- One row a writer: it never grows. fillfactor leaves room for updates in place.
CREATE TABLE IF NOT EXISTS sensei.heartbeat (
  writer text PRIMARY KEY,
  seq bigint NOT NULL,
  written_at timestamptz NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
REVOKE ALL ON sensei.heartbeat FROM PUBLIC;

GRANT USAGE ON SCHEMA sensei TO sensei_monitor, sensei_canary;
GRANT SELECT ON sensei.heartbeat TO sensei_monitor;
GRANT SELECT, INSERT, UPDATE ON sensei.heartbeat TO sensei_canary;
COMMIT;
