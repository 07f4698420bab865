"""Looking at pages as everybody does: in light and dark, on a phone, a laptop and a large screen."""

from axe_playwright_python.base import AXE_SCRIPT

WIDTHS = (390, 1280, 1920)
_OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What is in order stays in the browser: handing it over takes longer than finding it.
_AXE = "axe.run({resultTypes: ['violations']}).then(results => results.violations)"


def complaints_of(page) -> list[str]:
    """Return what hinders somebody on the page as it stands, in light and in dark."""
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    # What is being replaced fades meanwhile, and is pale for as long.
    page.wait_for_selector(".htmx-request", state="detached")
    # Axe stays in a page until another one is loaded.
    page.evaluate(f"typeof axe === 'undefined' && ({AXE_SCRIPT.strip().rstrip(';')}, 0)")
    found = []
    for scheme in ("dark", "light") if is_dark else ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [
            f"{scheme}: {rule['id']}: {node['target']} {node['html'][:120]}"
            for rule in page.evaluate(_AXE)
            for node in rule["nodes"]
        ]
    page.emulate_media(color_scheme="dark" if is_dark else "light")
    return found


def too_wide(page) -> list[str]:
    """Return at which widths the page scrolls sideways; it is 1,280 wide afterwards."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if (over := page.evaluate(_OVER)) > 0:
            found.append(f"{over} px too wide at {width}")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def check(page, house, paths, names, *, look=lambda page: too_wide(page) + complaints_of(page)) -> dict[str, list[str]]:
    """Return what is wrong with each of the pages, which are loaded as a phone loads them."""
    found = {}
    for path in paths:
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        page.goto(house + path.format(**names))
        if complaints := look(page):
            found[path] = complaints
    return found
