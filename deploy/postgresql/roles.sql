-- The least that each part of the office needs of PostgreSQL. Run by an administrator of the server, connected to the
-- office's database, before the first `casework db upgrade` and again after every `casework upgrade`; safe to repeat.
--
--   casework_owner   owns the tables; only `casework db upgrade` and `casework upgrade` work as it
--   casework_app     web, worker and beat: reads and writes rows; can neither drop nor alter a table, nor change what
--                    is written once
--   casework_intake  hands in what comes by the public page and can read nothing; nobody logs in as it: web becomes it
--                    for the moment in which it writes a stranger's report (casework/keeping/least_rights.py)
--   casework_reader  reads everything, for a dump or a look; names and numbers are encrypted for it too
--
-- Passwords are given by hand afterwards: \password casework_owner, \password casework_app.

DO $$
DECLARE
    who text;
BEGIN
    FOREACH who IN ARRAY ARRAY['casework_owner', 'casework_app', 'casework_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = who) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT', who);
        END IF;
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casework_intake') THEN
        CREATE ROLE casework_intake NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO casework_owner, casework_app, casework_reader', current_database());
    EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO casework_owner', current_database());
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO casework_owner;
GRANT USAGE ON SCHEMA public TO casework_app, casework_reader, casework_intake;
GRANT casework_intake TO casework_app;

-- What is there now, and what a later migration of the owner makes.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO casework_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO casework_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO casework_reader;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO casework_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE casework_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO casework_app;
ALTER DEFAULT PRIVILEGES FOR ROLE casework_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO casework_app;
ALTER DEFAULT PRIVILEGES FOR ROLE casework_owner IN SCHEMA public
    GRANT SELECT ON TABLES TO casework_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE casework_owner IN SCHEMA public
    GRANT SELECT ON SEQUENCES TO casework_reader;

-- What is written once (casework/core/append_only.py): the triggers refuse it to everybody, this to the application even
-- if somebody took the triggers away. The schema's version is the owner's alone.
DO $$
DECLARE
    what text;
BEGIN
    FOREACH what IN ARRAY ARRAY[
        'history', 'firings', 'audit', 'audit_links', 'anchors', 'fund_lines', 'dispatches', 'urging_notices', 'text_versions',
        'triage_models', 'triage_parts', 'triage_uses', 'triage_outcomes', 'open311_submissions',
        'paper_templates', 'paper_template_uses'
    ] LOOP
        IF to_regclass('public.' || what) IS NOT NULL THEN
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON TABLE public.%I FROM casework_app', what);
        END IF;
    END LOOP;
    -- To empty a sealed column whose time is over; the triggers let nothing but that through (docs/decisions/0093).
    IF to_regclass('public.text_versions') IS NOT NULL THEN
        GRANT UPDATE (content) ON TABLE public.text_versions TO casework_app;
        GRANT UPDATE (content_cipher) ON TABLE public.dispatches TO casework_app;
        GRANT UPDATE (content_cipher) ON TABLE public.open311_submissions TO casework_app;
    END IF;
    -- A report, and the photos that come with it.
    IF to_regclass('public.public_reports') IS NOT NULL THEN
        GRANT INSERT ON TABLE public.public_reports, public.blobs, public.attachments TO casework_intake;
    END IF;
    IF to_regclass('public.alembic_version') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON TABLE public.alembic_version FROM casework_app;
    END IF;
END $$;
