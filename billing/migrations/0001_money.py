"""Plans, seats, invoices and payments, and that nothing issued ever changes."""

import billing.models.money
import django.db.models.deletion
import django.db.models.expressions
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


# Who issues an invoice writes its lines first; from then on only what pays it is added, elsewhere.
ISSUED = """
CREATE FUNCTION billing_issued_invoices_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'ISSUED' THEN
        RAISE EXCEPTION 'An issued invoice never changes.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE FUNCTION billing_lines_of_issued_invoices_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM billing_invoice
        WHERE state = 'ISSUED'
          AND (TG_OP <> 'INSERT' AND id = OLD.invoice_id OR TG_OP <> 'DELETE' AND id = NEW.invoice_id)
    ) THEN
        RAISE EXCEPTION 'The lines of an issued invoice never change.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER billing_invoice_stays BEFORE UPDATE OR DELETE ON billing_invoice
    FOR EACH ROW EXECUTE FUNCTION billing_issued_invoices_stay();
CREATE TRIGGER billing_invoiceline_stays BEFORE INSERT OR UPDATE OR DELETE ON billing_invoiceline
    FOR EACH ROW EXECUTE FUNCTION billing_lines_of_issued_invoices_stay();
"""
UNDO_ISSUED = """
DROP TRIGGER billing_invoiceline_stays ON billing_invoiceline;
DROP TRIGGER billing_invoice_stays ON billing_invoice;
DROP FUNCTION billing_lines_of_issued_invoices_stay();
DROP FUNCTION billing_issued_invoices_stay();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0008_api_keys"),
        ("organizations", "0010_alert_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NumberRange",
            fields=[
                ("series", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("last", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="StripeEvent",
            fields=[
                ("event_id", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=80)),
                ("received_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("INVOICE", "Invoice"), ("CREDIT_NOTE", "Credit note")],
                        default="INVOICE",
                        max_length=11,
                    ),
                ),
                (
                    "state",
                    models.CharField(choices=[("DRAFT", "Draft"), ("ISSUED", "Issued")], default="DRAFT", max_length=6),
                ),
                ("number", models.CharField(blank=True, max_length=24)),
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                (
                    "currency",
                    models.CharField(
                        choices=[
                            ("EUR", "Euro"),
                            ("USD", "US dollar"),
                            ("GBP", "Pound sterling"),
                            ("CHF", "Swiss franc"),
                            ("SEK", "Swedish krona"),
                            ("DKK", "Danish krone"),
                            ("NOK", "Norwegian krone"),
                            ("PLN", "Polish zloty"),
                            ("CZK", "Czech koruna"),
                            ("CAD", "Canadian dollar"),
                            ("AUD", "Australian dollar"),
                        ],
                        max_length=3,
                    ),
                ),
                ("seller", models.TextField(blank=True)),
                ("buyer", models.TextField(blank=True)),
                ("reference", models.CharField(blank=True, max_length=60)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("net", billing.models.money.MoneyField(decimal_places=2, default=Decimal("0"), max_digits=12)),
                ("tax_name", models.CharField(blank=True, max_length=60)),
                ("tax_rate", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=5)),
                ("tax", billing.models.money.MoneyField(decimal_places=2, default=Decimal("0"), max_digits=12)),
                ("total", billing.models.money.MoneyField(decimal_places=2, default=Decimal("0"), max_digits=12)),
                ("created_at", models.DateTimeField()),
                ("issued_on", models.DateField(blank=True, null=True)),
                ("due_on", models.DateField(blank=True, null=True)),
                (
                    "credits",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="billing.invoice",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="invoices", to="accounts.partner"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InvoiceLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("what", models.CharField(max_length=120)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("quantity", models.PositiveIntegerField()),
                ("unit_price", models.DecimalField(blank=True, decimal_places=4, max_digits=10, null=True)),
                ("amount", billing.models.money.MoneyField(decimal_places=2, max_digits=12)),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="billing.invoice"
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("kind", models.CharField(choices=[("CARD", "Card"), ("TRANSFER", "Bank transfer")], max_length=8)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PENDING", "Waiting for the bank"),
                            ("RECEIVED", "Received"),
                            ("FAILED", "Failed"),
                            ("ABANDONED", "Not finished"),
                        ],
                        default="PENDING",
                        max_length=9,
                    ),
                ),
                ("amount", billing.models.money.MoneyField(decimal_places=2, max_digits=12)),
                (
                    "currency",
                    models.CharField(
                        choices=[
                            ("EUR", "Euro"),
                            ("USD", "US dollar"),
                            ("GBP", "Pound sterling"),
                            ("CHF", "Swiss franc"),
                            ("SEK", "Swedish krona"),
                            ("DKK", "Danish krone"),
                            ("NOK", "Norwegian krone"),
                            ("PLN", "Polish zloty"),
                            ("CZK", "Czech koruna"),
                            ("CAD", "Canadian dollar"),
                            ("AUD", "Australian dollar"),
                        ],
                        max_length=3,
                    ),
                ),
                ("received_on", models.DateField(blank=True, null=True)),
                ("reference", models.CharField(blank=True, max_length=140)),
                ("made_by_name", models.CharField(max_length=200)),
                ("receipt_to", models.EmailField(blank=True, max_length=254)),
                ("failure", models.CharField(blank=True, max_length=300)),
                ("meant_for", models.JSONField(default=list)),
                ("submission", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("stripe_session_id", models.CharField(blank=True, editable=False, max_length=255)),
                ("stripe_intent_id", models.CharField(blank=True, editable=False, max_length=255)),
                ("created_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="accounts.partner"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", billing.models.money.MoneyField(decimal_places=2, max_digits=12)),
                ("allocated_on", models.DateField()),
                (
                    "credit_note",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"kind": "CREDIT_NOTE"},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="billing.invoice",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allocations", to="billing.invoice"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="billing.payment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PaymentMethod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stripe_id", models.CharField(max_length=255, unique=True)),
                ("brand", models.CharField(max_length=30)),
                ("last4", models.CharField(max_length=4)),
                ("expires_month", models.PositiveSmallIntegerField()),
                ("expires_year", models.PositiveSmallIntegerField()),
                ("is_default", models.BooleanField(default=False)),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="payment_methods",
                        to="accounts.partner",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True)),
                ("product", models.CharField(choices=[("CLOUD_BACKUP", "Cloud Backup")], max_length=20)),
                (
                    "currency",
                    models.CharField(
                        choices=[
                            ("EUR", "Euro"),
                            ("USD", "US dollar"),
                            ("GBP", "Pound sterling"),
                            ("CHF", "Swiss franc"),
                            ("SEK", "Swedish krona"),
                            ("DKK", "Danish krone"),
                            ("NOK", "Norwegian krone"),
                            ("PLN", "Polish zloty"),
                            ("CZK", "Czech koruna"),
                            ("CAD", "Canadian dollar"),
                            ("AUD", "Australian dollar"),
                        ],
                        max_length=3,
                    ),
                ),
                ("seat_price", models.DecimalField(decimal_places=4, max_digits=10)),
                ("is_offered", models.BooleanField(default=True, verbose_name="offered")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("seat_price__gte", 0), ("seat_price__lt", Decimal("1000000"))),
                        name="billing_prices_are_numbers",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SeatDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organization_name", models.CharField(max_length=120)),
                ("product", models.CharField(choices=[("CLOUD_BACKUP", "Cloud Backup")], max_length=20)),
                ("day", models.DateField()),
                ("seats", models.PositiveIntegerField()),
                ("leavers", models.PositiveIntegerField(default=0)),
                ("shared_mailboxes", models.PositiveIntegerField(default=0)),
                ("counted_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seat_days",
                        to="organizations.organization",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seat_days",
                        to="accounts.partner",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "product",
                    models.CharField(choices=[("CLOUD_BACKUP", "Cloud Backup")], editable=False, max_length=20),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="subscriptions", to="accounts.partner"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="subscriptions", to="billing.plan"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BillingAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "currency",
                    models.CharField(
                        choices=[
                            ("EUR", "Euro"),
                            ("USD", "US dollar"),
                            ("GBP", "Pound sterling"),
                            ("CHF", "Swiss franc"),
                            ("SEK", "Swedish krona"),
                            ("DKK", "Danish krone"),
                            ("NOK", "Norwegian krone"),
                            ("PLN", "Polish zloty"),
                            ("CZK", "Czech koruna"),
                            ("CAD", "Canadian dollar"),
                            ("AUD", "Australian dollar"),
                        ],
                        default="EUR",
                        max_length=3,
                    ),
                ),
                (
                    "tax_name",
                    models.CharField(default="VAT", help_text="As it is printed, such as VAT.", max_length=60),
                ),
                ("tax_rate", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=5)),
                (
                    "tax_number",
                    models.CharField(
                        blank=True,
                        help_text="The partner's, as it stands on invoices, such as VAT GB 000 0000 00.",
                        max_length=40,
                    ),
                ),
                (
                    "reference",
                    models.CharField(
                        blank=True, help_text="The partner's own, such as an order number.", max_length=60
                    ),
                ),
                (
                    "payment_days",
                    models.PositiveSmallIntegerField(default=29, help_text="From an invoice's date until it is due."),
                ),
                ("is_billed", models.BooleanField(default=True, help_text="Whether invoices are drafted each month.")),
                ("stripe_customer_id", models.CharField(blank=True, editable=False, max_length=255)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "partner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billing_account",
                        to="accounts.partner",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("tax_rate__gte", 0), ("tax_rate__lte", 100)),
                        name="billing_tax_is_a_percentage",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("stripe_customer_id", ""), _negated=True),
                        fields=("stripe_customer_id",),
                        name="billing_one_account_per_stripe_customer",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["partner", "-issued_on", "-id"], name="billing_newest_invoices"),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", ""), _negated=True),
                fields=("number",),
                name="billing_numbers_are_given_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "INVOICE")),
                fields=("partner", "period_start"),
                name="billing_one_invoice_per_partner_and_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("issued_on", None), ("number", ""), ("state", "DRAFT")),
                    models.Q(
                        ("due_on__isnull", False),
                        ("issued_on__isnull", False),
                        ("state", "ISSUED"),
                        models.Q(("number", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="billing_what_is_issued_has_a_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("credits", None), ("kind", "INVOICE")),
                    models.Q(("credits__isnull", False), ("kind", "CREDIT_NOTE")),
                    _connector="OR",
                ),
                name="billing_credit_notes_name_their_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("net__gte", 0),
                    ("tax__gte", 0),
                    ("total", django.db.models.expressions.CombinedExpression(models.F("net"), "+", models.F("tax"))),
                    ("total__lt", Decimal("10000000000")),
                ),
                name="billing_totals_add_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.UniqueConstraint(fields=("invoice", "position"), name="billing_lines_have_their_place"),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0), ("amount__lt", Decimal("10000000000"))),
                name="billing_line_amounts_are_numbers",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("tax_rate__gte", 0), ("tax_rate__lte", 100)),
                name="billing_tax_of_an_invoice_is_a_percentage",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("unit_price", None),
                    models.Q(("unit_price__gte", 0), ("unit_price__lt", Decimal("1000000"))),
                    _connector="OR",
                ),
                name="billing_line_prices_are_numbers",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["partner", "-created_at", "-id"], name="billing_newest_payments"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("amount__lt", Decimal("10000000000"))),
                name="billing_payments_are_numbers",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "RECEIVED"), ("received_on__isnull", False)),
                    models.Q(models.Q(("state", "RECEIVED"), _negated=True), ("received_on", None)),
                    _connector="OR",
                ),
                name="billing_received_payments_say_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(fields=("partner", "submission"), name="billing_one_payment_per_form"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("stripe_session_id", ""), _negated=True),
                fields=("stripe_session_id",),
                name="billing_one_payment_per_stripe_session",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("stripe_intent_id", ""), _negated=True),
                fields=("stripe_intent_id",),
                name="billing_one_payment_per_stripe_intent",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("credit_note__isnull", False), ("payment", None)),
                    models.Q(("credit_note", None), ("payment__isnull", False)),
                    _connector="OR",
                ),
                name="billing_one_source_per_allocation",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("amount__lt", Decimal("10000000000"))),
                name="billing_allocations_are_numbers",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)),
                fields=("partner",),
                name="billing_one_default_method_per_partner",
            ),
        ),
        migrations.AddIndex(
            model_name="seatday",
            index=models.Index(fields=["partner", "day", "organization"], name="billing_seats_by_day"),
        ),
        migrations.AddConstraint(
            model_name="seatday",
            constraint=models.UniqueConstraint(
                fields=("organization", "product", "day"), name="billing_one_count_per_organization_and_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                name="billing_subscriptions_end_after_they_start",
            ),
        ),
        migrations.RunSQL(ISSUED, UNDO_ISSUED),
    ]
