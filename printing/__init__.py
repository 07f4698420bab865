"""Documents on paper: PDFs in which a name of any script can be read.

What lives here: the page, its margins and its fonts (`documents.py`), for every document of the product.
What lives elsewhere: what a document says, in the app that issues it.
"""
