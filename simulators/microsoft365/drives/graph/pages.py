"""Pages of a site: as base pages, and cast to sitePage with what stands on them."""

from uuid import UUID

from simulators.microsoft365.drives.graph.finding import found_web, not_found
from simulators.microsoft365.drives.graph.list_shape import expansions
from simulators.microsoft365.drives.graph.naming import web_graph_id, web_url
from simulators.microsoft365.drives.models import Page
from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.listing import Listing, single
from simulators.microsoft365.graph.selecting import Shape

_BASE = {
    "id": lambda page: str(page.id),
    "createdBy": lambda page: {"user": {"id": str(page.author_id), "displayName": page.author_name}},
    "createdDateTime": lambda page: written(page.created_at),
    "eTag": lambda page: f'"{{{str(page.id).upper()}}},{page.revision}"',
    "lastModifiedBy": lambda page: {"user": {"id": str(page.editor_id), "displayName": page.editor_name}},
    "lastModifiedDateTime": lambda page: written(page.modified_at),
    "name": lambda page: page.name,
    "pageLayout": lambda page: "home" if page.name == "Home.aspx" else "article",
    "parentReference": lambda page: {"siteId": web_graph_id(page.web)},
    "publishingState": lambda page: {"level": "published", "versionId": f"{page.revision}.0"},
    "title": lambda page: page.title,
    "webUrl": lambda page: f"{web_url(page.web)}/SitePages/{page.name}",
}
BASE_PAGE = Shape("baseSitePage", _BASE, default=tuple(_BASE), unmodelled=("description",))
SITE_PAGE = Shape(
    "sitePage",
    _BASE
    | {
        "promotionKind": lambda page: page.promotion,
        "reactions": lambda page: {"commentCount": 0, "likeCount": 0, "shareCount": 0},
        "showComments": lambda page: True,
        "showRecommendedPages": lambda page: False,
        "titleArea": lambda page: {
            "enableGradientEffect": True,
            "layout": "plain",
            "showAuthor": True,
            "showPublishedDate": False,
            "showTextBlockAboveTitle": False,
            "textAlignment": "left",
        },
    },
    default=(*_BASE, "promotionKind", "reactions", "showComments", "showRecommendedPages", "titleArea"),
    unmodelled=("description", "thumbnailWebUrl"),
)
_TYPE = {"@odata.type": "#microsoft.graph.sitePage"}
_BASE_PAGES = Listing(BASE_PAGE, "pages", default_top=100, counts_need_consistency=False)
_SITE_PAGES = Listing(SITE_PAGE, "pages/microsoft.graph.sitePage", default_top=100, counts_need_consistency=False)


def page_list(call: Call, site: str) -> Answer:
    """The pages of a site."""
    return _BASE_PAGES.answer(call, _pages(call, site), show=lambda page, chosen: _TYPE | BASE_PAGE.show(page, chosen))


def site_page_list(call: Call, site: str) -> Answer:
    """The pages of a site as site pages, with their canvas if it is expanded."""
    pages, show = _pages(call, site), _shower(call)
    return _SITE_PAGES.answer(call, pages, show=show, extra=["$expand"])


def page_detail(call: Call, site: str, page: str) -> Answer:
    """One page."""
    found = found_page(call, site, page)
    return single(call, BASE_PAGE, found, "pages", show=lambda one, chosen: _TYPE | BASE_PAGE.show(one, chosen))


def site_page_detail(call: Call, site: str, page: str) -> Answer:
    """One page as a site page, with its canvas if it is expanded."""
    found, show = found_page(call, site, page), _shower(call)
    call.query.pop("$expand", None)
    return single(call, SITE_PAGE, found, "pages/microsoft.graph.sitePage", show=show)


def found_page(call: Call, site: str, word: str) -> Page:
    """Return a page by its id. Raises `GraphError` 404."""
    pages = _pages(call, site)
    try:
        page = pages.filter(id=UUID(word)).first()
    except ValueError:
        page = None
    if page is None:
        raise not_found()
    return page


def _shower(call: Call):
    expanded = expansions(call.query.get("$expand"), ("canvasLayout",))
    return lambda page, chosen: SITE_PAGE.show(page, chosen) | ({"canvasLayout": page.canvas} if expanded else {})


def _pages(call: Call, site: str):
    return Page.objects.select_related("web__site", "web__tenant").filter(web=found_web(call, site))
