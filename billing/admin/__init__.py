"""Billing as platform staff sees it: one file per noun."""

from billing.admin import accounts, invoices, payments, plans  # noqa: F401
