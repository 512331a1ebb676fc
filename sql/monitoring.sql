-- Roles and table for the sensei exporter, with the least rights. Run on the primary, as a superuser, in
-- the database that the configuration names (`database`, and `canary.database`: the same one, or the
-- heartbeat is not seen on the members). It can be run again: that sets the passwords anew and changes
-- nothing else. Needs psql 14 or later as the client and PostgreSQL 12 or later as the server.
--
--   export SENSEI_MONITOR_PASSWORD=... SENSEI_CANARY_PASSWORD=...
--   psql -X -d postgres -f sql/monitoring.sql
--
-- The passwords come from the environment alone: a command line is seen by every user of the machine.
-- Exits 0 when all is done, 3 when nothing was changed. Where synchronous standbys are required and
-- none is there yet, begin with -c 'SET synchronous_commit = local', or the end waits for one.
--
-- sensei_monitor  reads statistics views (pg_monitor) and the heartbeat; its sessions are read-only.
-- sensei_canary   reads and writes the heartbeat row; nothing else.

\set ON_ERROR_STOP on
\getenv monitor_password SENSEI_MONITOR_PASSWORD
\getenv canary_password SENSEI_CANARY_PASSWORD
\if :{?monitor_password}
\else
  DO $$ BEGIN RAISE 'SENSEI_MONITOR_PASSWORD is not set: export it, then run this file again'; END $$;
\endif
\if :{?canary_password}
\else
  DO $$ BEGIN RAISE 'SENSEI_CANARY_PASSWORD is not set: export it, then run this file again'; END $$;
\endif

BEGIN;
SET LOCAL client_min_messages = warning;
-- What follows holds the passwords: it goes into no log and no statistics.
SET LOCAL log_statement = 'none';
SET LOCAL log_min_duration_statement = -1;
SET LOCAL log_min_error_statement = 'panic';
SET LOCAL pg_stat_statements.track_utility = 'off';

SELECT :'monitor_password' <> '' AND :'canary_password' <> '' AS passwords_given \gset
\if :passwords_given
\else
  DO $$ BEGIN RAISE 'SENSEI_MONITOR_PASSWORD or SENSEI_CANARY_PASSWORD is empty'; END $$;
\endif

SELECT 'CREATE ROLE sensei_monitor' WHERE NOT EXISTS
  (SELECT FROM pg_roles WHERE rolname = 'sensei_monitor') \gexec
SELECT 'CREATE ROLE sensei_canary' WHERE NOT EXISTS
  (SELECT FROM pg_roles WHERE rolname = 'sensei_canary') \gexec

-- Each exporter keeps up to three connections to a member (postgres, lag, backups), and each command makes
-- as many: enough for three exporters and two commands, and for sessions that a cut line has left.
ALTER ROLE sensei_monitor WITH LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  CONNECTION LIMIT 24 PASSWORD :'monitor_password';
ALTER ROLE sensei_canary WITH LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  CONNECTION LIMIT 8 PASSWORD :'canary_password';
ALTER ROLE sensei_monitor SET default_transaction_read_only = on;
ALTER ROLE sensei_monitor SET statement_timeout = '10s';
ALTER ROLE sensei_monitor SET lock_timeout = '5s';
ALTER ROLE sensei_canary SET statement_timeout = '10s';
ALTER ROLE sensei_canary SET lock_timeout = '5s';
-- A session whose exporter is cut off is ended within half a minute, not within the two hours of Linux: they
-- count against the limit.
ALTER ROLE sensei_monitor SET tcp_keepalives_idle = 10;
ALTER ROLE sensei_monitor SET tcp_keepalives_interval = 5;
ALTER ROLE sensei_monitor SET tcp_keepalives_count = 3;
ALTER ROLE sensei_canary SET tcp_keepalives_idle = 10;
ALTER ROLE sensei_canary SET tcp_keepalives_interval = 5;
ALTER ROLE sensei_canary SET tcp_keepalives_count = 3;
GRANT pg_monitor TO sensei_monitor;

CREATE SCHEMA IF NOT EXISTS sensei;
REVOKE ALL ON SCHEMA sensei FROM PUBLIC;

-- One row a deployment: it never grows. fillfactor leaves room for updates in place.
CREATE TABLE IF NOT EXISTS sensei.heartbeat (
  writer text PRIMARY KEY,
  seq bigint NOT NULL,
  written_at timestamptz NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
REVOKE ALL ON sensei.heartbeat FROM PUBLIC;

-- Everybody has it unless it was taken from PUBLIC.
SELECT format('GRANT CONNECT ON DATABASE %I TO sensei_monitor, sensei_canary', current_database()) \gexec
GRANT USAGE ON SCHEMA sensei TO sensei_monitor, sensei_canary;
GRANT SELECT ON sensei.heartbeat TO sensei_monitor;
GRANT SELECT, INSERT, UPDATE ON sensei.heartbeat TO sensei_canary;
COMMIT;
