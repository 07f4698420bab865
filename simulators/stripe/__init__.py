"""A pretend Stripe: the part of its API and of its hosted pages by which cards are charged and kept.

What lives here: customers, Checkout sessions with the page that pays, payment intents, cards, refunds, and events that
are told as signed webhooks. It is drawn from Stripe's public API reference and keeps no money.
"""
