"""The tables of `organizations`, one file per noun."""

from organizations.models.organization import Organization

__all__ = ["Organization"]
