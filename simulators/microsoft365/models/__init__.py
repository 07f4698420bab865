"""Rows of the simulated tenants. What can be derived (licences, addresses, quotas) is not stored."""

from simulators.microsoft365.models.change import Change, Scope
from simulators.microsoft365.models.group import Group, GroupMember
from simulators.microsoft365.models.keepsake import Keepsake
from simulators.microsoft365.models.person import Kind, Person
from simulators.microsoft365.models.site import Site
from simulators.microsoft365.models.tenant import Grant, Tenant

__all__ = ["Change", "Grant", "Group", "GroupMember", "Keepsake", "Kind", "Person", "Scope", "Site", "Tenant"]
