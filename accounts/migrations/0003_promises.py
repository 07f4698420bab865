"""What the database itself promises: an append-only audit log, and reaches that stay inside the partner."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION accounts_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER accounts_audit_no_change BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION accounts_audit_is_append_only();
CREATE TRIGGER accounts_audit_no_truncate BEFORE TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_audit_is_append_only();
"""
UNDO_APPEND_ONLY = """
DROP TRIGGER accounts_audit_no_truncate ON accounts_auditentry;
DROP TRIGGER accounts_audit_no_change ON accounts_auditentry;
DROP FUNCTION accounts_audit_is_append_only();
"""
SAME_PARTNER = """
ALTER TABLE accounts_membership ADD CONSTRAINT accounts_reach_stays_inside_the_partner
    FOREIGN KEY (organization_id, partner_id) REFERENCES organizations_organization (id, partner_id)
    DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_initial"), ("organizations", "0001_initial")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, UNDO_APPEND_ONLY),
        migrations.RunSQL(
            SAME_PARTNER,
            "ALTER TABLE accounts_membership DROP CONSTRAINT accounts_reach_stays_inside_the_partner;",
        ),
    ]
