"""OneDrive and SharePoint: drives with their files and folders, lists, pages, subsites.

The rows are in `models/`; a site is furnished by `generator/` when somebody first looks into it, and content is derived
by `content/`; `mutations/` is what happens later; `graph/` and `control/` are the doors.
"""
