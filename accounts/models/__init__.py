"""The tables of `accounts`, one file per noun."""

from accounts.models.api_key import ApiKey
from accounts.models.audit_entry import AuditChain, AuditEntry
from accounts.models.invitation import Invitation
from accounts.models.membership import Membership
from accounts.models.partner import Partner
from accounts.models.reset_request import ResetRequest
from accounts.models.user import User

__all__ = ["ApiKey", "AuditChain", "AuditEntry", "Invitation", "Membership", "Partner", "ResetRequest", "User"]
