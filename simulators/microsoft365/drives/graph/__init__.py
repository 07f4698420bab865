"""The calls of Graph about drives, lists and pages."""
