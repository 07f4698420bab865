"""Addresses of Billing."""

from django.urls import path

from billing.views import (
    invoices,
    overview,
    payment_methods,
    payments,
    receivables,
    statements,
    stripe_webhook,
    transactions,
    usage,
)

app_name = "billing"
urlpatterns = [
    path("billing/", overview.overview, name="overview"),
    path("billing/pay/", payments.payment_create, name="payment_create"),
    path("billing/payments/<uuid:payment_uuid>/", payments.payment_detail, name="payment_detail"),
    path("billing/payments/<uuid:payment_uuid>/continue/", payments.payment_continue, name="payment_continue"),
    path("billing/payments/<uuid:payment_uuid>/cancel/", payments.payment_cancel, name="payment_cancel"),
    path("billing/deposit/use/", payments.deposit_use, name="deposit_use"),
    path("billing/methods/", payment_methods.method_list, name="method_list"),
    path("billing/methods/add/", payment_methods.method_add, name="method_add"),
    path("billing/methods/back/", payment_methods.method_back, name="method_back"),
    path("billing/methods/<slug:card_id>/default/", payment_methods.method_propose, name="method_propose"),
    path("billing/methods/<slug:card_id>/remove/", payment_methods.method_remove, name="method_remove"),
    path("billing/statement/", statements.statement_detail, name="statement_detail"),
    path("billing/statement/pdf/", statements.statement_pdf_download, name="statement_pdf"),
    path("billing/statement/email/", statements.statement_email, name="statement_email"),
    path("billing/receivables/", receivables.receivable_list, name="receivable_list"),
    path("billing/receivables/csv/", receivables.receivable_export, name="receivable_export"),
    path("billing/transactions/", transactions.transaction_list, name="transaction_list"),
    path("billing/transactions/csv/", transactions.transaction_export, name="transaction_export"),
    path("stripe/webhook/", stripe_webhook.stripe_webhook, name="stripe_webhook"),
    path("billing/usage/", usage.usage_list, name="usage_list"),
    path("billing/usage/csv/", usage.usage_csv, name="usage_csv"),
    path("billing/usage/<uuid:organization_uuid>/", usage.usage_detail, name="usage_detail"),
    path("billing/invoices/<uuid:invoice_uuid>/", invoices.invoice_detail, name="invoice_detail"),
    path("billing/invoices/<uuid:invoice_uuid>/pdf/", invoices.invoice_pdf, name="invoice_pdf"),
    path("billing/invoices/<uuid:invoice_uuid>/email/", invoices.invoice_email, name="invoice_email"),
]
