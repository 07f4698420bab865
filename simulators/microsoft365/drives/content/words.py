"""Words of which names and texts are made."""

FOLDERS = (
    "Projects", "Invoices", "Contracts", "Photos", "Archive", "Meetings", "Templates", "Travel", "Budget", "Personnel",
    "Marketing", "Suppliers", "Customers", "Drafts", "Reports", "Training", "Angebote", "Présentations", "写真",
)  # fmt: skip
SUBJECTS = (
    "budget", "quarterly report", "offer", "minutes", "price list", "schedule", "contract", "holiday plan", "checklist",
    "customer survey", "floor plan", "inventory", "newsletter", "timesheet", "order", "complaint", "roadmap", "notes",
    "Übersicht", "présentation", "oferta", "日程",
)  # fmt: skip
ENDINGS = ("docx", "xlsx", "pdf", "txt", "csv", "png", "html", "md", "docx", "xlsx", "pdf", "jpg", "zip")
_TEXT = """the of and to in for on with by from at we our you their customer order delivery price offer invoice week
month quarter team meeting project plan budget report question answer date room car train contract term notice product
quality repair part number service hour desk phone letter agreement partner supplier shipment stock discount tax
account payment reminder review result figure table chart goal risk step task owner status open closed late early new
old small large first last next""".split()


def sentence(dice) -> str:
    """Return something that looks like a sentence."""
    words = [dice.choice(_TEXT) for _ in range(dice.randint(5, 14))]
    return " ".join(words).capitalize() + "."


def paragraphs(dice, count: int) -> list[str]:
    """Return that many paragraphs."""
    return [" ".join(sentence(dice) for _ in range(dice.randint(2, 6))) for _ in range(count)]
