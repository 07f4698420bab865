"""Names of people and things. Any likeness is by chance."""

GIVEN_NAMES = (
    "Ada", "Aiko", "Alejandro", "Amara", "Amélie", "Anders", "Anika", "Arjun", "Ayşe", "Beatriz", "Björn", "Chidi",
    "Chloé", "Daniel", "Dariusz", "Eilidh", "Elif", "Emeka", "Esther", "Fatima", "Felix", "Freja", "Gabriel", "Giulia",
    "Grace", "Hana", "Hassan", "Helena", "Ibrahim", "Ines", "Ivan", "Jakub", "Jana", "João", "Kofi", "Lars", "Leila",
    "Lin", "Lucía", "Luka", "Magnus", "Maja", "Mateo", "Mei", "Miriam", "Nadia", "Niamh", "Nikhil", "Noor", "Olga",
    "Omar", "Oskar", "Paula", "Petra", "Priya", "Rafael", "Rosa", "Samuel", "Sanna", "Sofia", "Tariq", "Thandiwe",
    "Tomás", "Veronika", "Viktor", "Wanjiru", "Xenia", "Yara", "Yusuf", "Zainab",
)  # fmt: skip
SURNAMES = (
    "Adeyemi", "Almeida", "Andersson", "Baker", "Bauer", "Bianchi", "Bjørnson", "Blanc", "Castillo", "Chen", "Costa",
    "Dąbrowski", "Diallo", "Dubois", "Eriksen", "Farouk", "Fernández", "Fischer", "Fontaine", "García", "Goldberg",
    "Grönlund", "Gupta", "Haddad", "Hansen", "Horváth", "Ivanova", "Jansen", "Jovanović", "Kamau", "Kaplan", "Keita",
    "Kim", "Kowalska", "Kruger", "Larsen", "Lefèvre", "Lindqvist", "MacLeod", "Mensah", "Moreau", "Müller", "Murphy",
    "Nakamura", "Novák", "Nowak", "Okafor", "Olsen", "Özdemir", "Patel", "Pereira", "Petrov", "Popescu", "Quinn",
    "Ramírez", "Rossi", "Sato", "Schneider", "Silva", "Singh", "Sørensen", "Svoboda", "Takahashi", "Tanaka", "Traoré",
    "Vargas", "Virtanen", "Wang", "Weber", "Yılmaz", "Zhang", "Zieliński",
)  # fmt: skip
# Names that break careless software: an apostrophe, one name in two Unicode forms, right to left, an emoji.
ODD_NAMES = {
    "apostrophe": ("Siobhán", "O'Neill", "Siobhán O'Neill", "siobhan.o'neill"),
    "composed": ("Zo\u00eb", "\u00c5ngstr\u00f6m", "Zo\u00eb \u00c5ngstr\u00f6m", "zoe.angstrom"),
    "decomposed": ("Zoe\u0308", "A\u030angstro\u0308m", "Zoe\u0308 A\u030angstro\u0308m", "zoe.angstroem"),
    "right_to_left": ("ليلى", "حداد", "ليلى حداد", "layla.haddad"),
    "emoji": ("Kim", "Nguyen", "Kim 🌻 Nguyen", "kim.nguyen"),
}
JOBS = (
    ("Accountant", "Finance"), ("Controller", "Finance"), ("Sales manager", "Sales"), ("Account executive", "Sales"),
    ("Engineer", "Operations"), ("Planner", "Operations"), ("Technician", "Operations"), ("Recruiter", "People"),
    ("Payroll specialist", "People"), ("Designer", "Marketing"), ("Copywriter", "Marketing"), ("Lawyer", "Legal"),
    ("Developer", "IT"), ("Administrator", "IT"), ("Researcher", "Research"), ("Assistant", "Management"),
)  # fmt: skip
SHARED_MAILBOXES = (
    "Info", "Accounts payable", "Support", "Sales desk", "Careers", "Press", "Reception", "Orders", "Returns", "Legal",
)  # fmt: skip
ROOMS = ("Amber", "Birch", "Cedar", "Dune", "Elm", "Fjord", "Garnet", "Harbour", "Iris", "Juniper", "Kestrel", "Lagoon")
EQUIPMENT = ("Projector", "Van", "Camera set", "Label printer")
TEAMS = (
    "Sales", "Finance", "Operations", "Projects", "Marketing", "People", "Field service", "Product", "Quality",
    "Purchasing", "Facilities", "Research", "Works council", "Customer care", "Newcomers", "Data protection",
)  # fmt: skip
SITES = (
    "Intranet", "Knowledge base", "Policies", "Brand", "Events", "Health and safety", "Canteen", "Archive", "Suppliers",
    "Forms", "Travel", "Training", "Press room", "Library", "Sustainability",
)  # fmt: skip
GUEST_COMPANIES = ("fabrikam.example", "contoso.example", "litware.example", "tailspin.example")
