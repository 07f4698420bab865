"""Reports, which nobody changes and nobody removes before their year is over."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

_STATUSES = [
    ("NONE", "No report"),
    ("SUCCESS", "Success"),
    ("IN_PROGRESS", "In progress"),
    ("PARTIAL", "Partial"),
    ("FAILED", "Failed"),
    ("ONBOARDING", "Onboarding"),
]
_TABS = [("USERS", "Users"), ("SHARED_MAILBOXES", "Shared mailboxes"), ("SITES", "Sites"), ("TEAMS", "Teams")]

# A removal is judged at the commit, so that an organization may be deleted with all that is its own, in any order.
FROZEN = """
CREATE FUNCTION backups_reports_are_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A report never changes.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION backups_reports_stay_a_year() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.generated_at > now() - interval '365 days'
       AND EXISTS (SELECT FROM organizations_organization WHERE id = OLD.organization_id) THEN
        RAISE EXCEPTION 'A report is kept for 365 days.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION backups_report_rows_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM backups_report WHERE id = OLD.report_id) THEN
        RAISE EXCEPTION 'A row stays as long as its report.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER backups_report_no_change BEFORE UPDATE ON backups_report
    FOR EACH ROW EXECUTE FUNCTION backups_reports_are_frozen();
CREATE TRIGGER backups_reportrow_no_change BEFORE UPDATE ON backups_reportrow
    FOR EACH ROW EXECUTE FUNCTION backups_reports_are_frozen();
CREATE CONSTRAINT TRIGGER backups_report_no_removal AFTER DELETE ON backups_report
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION backups_reports_stay_a_year();
CREATE CONSTRAINT TRIGGER backups_reportrow_no_removal AFTER DELETE ON backups_reportrow
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION backups_report_rows_stay();
"""
UNDO_FROZEN = """
DROP TRIGGER backups_reportrow_no_removal ON backups_reportrow;
DROP TRIGGER backups_report_no_removal ON backups_report;
DROP TRIGGER backups_reportrow_no_change ON backups_reportrow;
DROP TRIGGER backups_report_no_change ON backups_report;
DROP FUNCTION backups_report_rows_stay();
DROP FUNCTION backups_reports_stay_a_year();
DROP FUNCTION backups_reports_are_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("backups", "0010_open_places"), ("organizations", "0006_backup_interval")]

    operations = [
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("trigger", models.CharField(choices=[("SCHEDULE", "Schedule"), ("PERSON", "By hand")], max_length=8)),
                ("requested_by", models.CharField(blank=True, max_length=200)),
                ("generated_at", models.DateTimeField()),
                ("status", models.CharField(choices=_STATUSES, max_length=11)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("accounts", models.PositiveIntegerField(default=0)),
                ("objects_kept", models.PositiveBigIntegerField(default=0)),
                ("bytes_kept", models.PositiveBigIntegerField(default=0)),
                ("open_failures", models.PositiveIntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("not_covered", models.JSONField(default=dict)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="organizations.organization",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization", "-generated_at"], name="backups_reports_by_time"),
                    models.Index(fields=["generated_at"], name="backups_reports_by_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("tab", models.CharField(choices=_TABS, max_length=16)),
                ("name", models.CharField(blank=True, max_length=256)),
                ("address", models.CharField(blank=True, max_length=500)),
                ("status", models.CharField(choices=_STATUSES, max_length=11)),
                ("message", models.CharField(blank=True, max_length=400)),
                ("objects_kept", models.PositiveBigIntegerField(default=0)),
                ("bytes_kept", models.PositiveBigIntegerField(default=0)),
                ("last_good_at", models.DateTimeField(blank=True, null=True)),
                ("kinds", models.JSONField(default=list)),
                (
                    "report",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="backups.report",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("report", "position"), name="backups_one_row_per_place")
                ],
            },
        ),
        migrations.RunSQL(FROZEN, UNDO_FROZEN),
    ]
