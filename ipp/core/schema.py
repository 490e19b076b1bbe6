"""SQL functions the schema rests on, as of the first migration. Changed only by a new migration with its own text."""

from __future__ import annotations

CONTEXT = """
CREATE FUNCTION ipp_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT now() + coalesce(nullif(current_setting('app.clock_offset', true), '')::interval, interval '0') $$;

CREATE FUNCTION app_organization() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.organization', true), '')::bigint $$;

CREATE FUNCTION app_organizations() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('app.organizations', true), ''), '{}')::bigint[] $$;

CREATE FUNCTION app_user() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.user', true), '')::bigint $$;

CREATE FUNCTION app_scope() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('app.scope', true), '') $$;

CREATE FUNCTION app_key_digest() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.key_digest', true), '') $$;
"""

# Definer functions answer one narrow question each and take no part of a query from the caller.
DEFINERS = """
CREATE FUNCTION ipp_is_platform_user(bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT coalesce((SELECT is_staff FROM core_user WHERE id = $1), false) $$;

CREATE FUNCTION ipp_status(
    OUT due_deliveries bigint, OUT oldest_due_seconds int, OUT dead_letters bigint,
    OUT due_mails bigint, OUT oldest_mail_seconds int, OUT clocks_running bigint, OUT clocks_late bigint, OUT database_now timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT d.due, d.age, (SELECT count(*) FROM core_delivery WHERE dead_at IS NOT NULL), m.due, m.age, c.running, c.late, ipp_now()
    FROM (SELECT count(*) AS due, extract(epoch FROM ipp_now() - min(due_at))::int AS age FROM core_delivery
          WHERE delivered_at IS NULL AND dead_at IS NULL AND due_at <= ipp_now()) d,
         (SELECT count(*) AS due, extract(epoch FROM ipp_now() - min(due_at))::int AS age FROM core_outgoingmail
          WHERE sent_at IS NULL AND dead_at IS NULL AND due_at <= ipp_now()) m,
         (SELECT count(*) AS running, count(*) FILTER (WHERE due_at < ipp_now()) AS late FROM core_clock WHERE stopped_at IS NULL) c
$$;

REVOKE ALL ON FUNCTION ipp_is_platform_user(bigint), ipp_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ipp_is_platform_user(bigint), ipp_status() TO ipp_portal, ipp_staff, ipp_engine;
"""

# An account is never both staff and tenant: both sides carry the flag, and keys compare it.
SIDES = """
ALTER TABLE core_membership ADD CONSTRAINT core_membership_user_side
    FOREIGN KEY (user_id, is_platform) REFERENCES core_user (id, is_staff) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE core_membership ADD CONSTRAINT core_membership_organization_side
    FOREIGN KEY (organization_id, is_platform) REFERENCES core_organization (id, is_platform) DEFERRABLE INITIALLY DEFERRED;
GRANT USAGE ON SEQUENCE core_organization_id_seq TO ipp_portal;
"""

# History is never edited, not even by the owner's own mistake.
APPEND_ONLY = """
CREATE FUNCTION ipp_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER core_event_append_only BEFORE UPDATE OR DELETE ON core_event FOR EACH ROW EXECUTE FUNCTION ipp_refuse_change();
"""
