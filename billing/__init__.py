"""What partners owe the platform, and what they paid.

What lives here: plans and what a partner subscribed to, seats counted once a day, invoices and credit notes that never
change once they are issued, payments by card (on Stripe's own pages) and by bank transfer, and the pages that show it.
What lives elsewhere: who may see and pay in `accounts/roles.py` and `Membership.has`, which items are protected in
`organizations`, the words of mails in `notifications`, how a PDF looks in `printing`.
"""
