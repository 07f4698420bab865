"""Making saved objects readable: pure functions on bytes and on the providers' JSON records.

What lives here: mails, harmless HTML, the text of documents, records as people read them, file names, differences.
What lives elsewhere: where the bytes come from (`backups.vault`), what becomes of the words (search, preview, export).
It knows no database, no vault, no provider and no clock. Whatever comes in is hostile; bad input raises nothing here.
"""
