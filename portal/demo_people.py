"""The people of the demo. Their passwords stand here because the demo exists in development only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoPerson:
    """One person of the demo: name, address, what the person is, password, and the door to use."""

    first_name: str
    last_name: str
    email: str
    role: str
    password: str
    door: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def is_of_partner(self) -> bool:
        """Whether it is one of the partner's own people: no client's, and no staff of the platform."""
        return self.role.endswith("of Northwind IT")


DEMO_PEOPLE = (
    DemoPerson("Ada", "Lindqvist", "ada.lindqvist@northwind.example", "Administrator of Northwind IT",
               "nine clouds above tea", "/login/"),
    DemoPerson("Cora", "Mendes", "cora.mendes@northwind.example", "Accountant of Northwind IT",
               "kites over green ledgers", "/login/"),
    DemoPerson("Ben", "Okafor", "ben.okafor@northwind.example", "Basic user of Northwind IT",
               "seven quiet red routers", "/login/"),
    DemoPerson("Otto", "Brandt", "otto.brandt@acmedental.example", "Organization user of Acme Dental",
               "four brass molar spoons", "/organization/login/"),
    DemoPerson("Sam", "Staff", "sam@portico.example", "Platform staff",
               "lantern ferry oak harbour", "/login/"),
)  # fmt: skip
