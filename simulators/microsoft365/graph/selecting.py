"""`$select`: what is not asked for is not shown, and what does not exist is refused."""

from collections.abc import Callable, Collection

from simulators.microsoft365.graph.calls import GraphError


class Shape:
    """The properties of one type: how each is made from a row, and which are shown when nobody asks.

    ``unmodelled`` are properties Graph has and this simulator knows nothing about: they are null.
    """

    def __init__(
        self,
        type_name: str,
        makers: dict[str, Callable],
        *,
        default: Collection[str],
        unmodelled: Collection[str] = (),
        relations: Collection[str] = (),
    ) -> None:
        self.type_name, self.default = type_name, tuple(default)
        self.makers = {name: (lambda row: None) for name in unmodelled} | makers
        self.relations = tuple(relations)
        self._by_lower = {name.lower(): name for name in (*self.makers, *self.relations)}

    def chosen(self, select: str | None) -> tuple[str, ...]:
        """Return the properties a ``$select`` names, in Graph's spelling. Raises `GraphError`."""
        if select is None:
            return self.default
        names = [name.strip() for name in select.split(",") if name.strip()]
        if not names:
            raise GraphError(400, "BadRequest", "Parsing OData Select and Expand failed: Term is empty.")
        if "*" in names:
            return tuple(self.makers)
        return tuple(dict.fromkeys(self._known(name) for name in names))

    def show(self, row, names: Collection[str]) -> dict:
        """Return the named properties of ``row``."""
        return {name: self.makers[name](row) for name in names if name in self.makers}

    def _known(self, name: str) -> str:
        try:
            return self._by_lower[name.lower()]
        except KeyError as problem:
            message = f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type "
            raise GraphError(400, "BadRequest", f"{message}'microsoft.graph.{self.type_name}'.") from problem
