"""Checks answers against Microsoft's own description of Graph (CSDL): paths, types, enums, annotations, errors.

Written for tests alone, and from the description alone, so that it can disagree with the simulator.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_PRIMITIVES = {
    "Edm.String": lambda value: isinstance(value, str),
    "Edm.Boolean": lambda value: isinstance(value, bool),
    "Edm.Int32": lambda value: _is_whole(value) and -(2**31) <= value < 2**31,
    "Edm.Int64": lambda value: _is_whole(value) and -(2**63) <= value < 2**63,
    "Edm.Double": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "Edm.Guid": lambda value: isinstance(value, str) and _GUID.fullmatch(value) is not None,
    "Edm.Binary": lambda value: isinstance(value, str),
    "Edm.Stream": lambda value: isinstance(value, str),
    "Edm.Date": lambda value: isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None,
    "Edm.DateTimeOffset": lambda value: isinstance(value, str) and _MOMENT.fullmatch(value) is not None,
}
_ANNOTATIONS = {
    "@odata.context", "@odata.nextLink", "@odata.deltaLink", "@odata.count", "@odata.type", "@odata.id", "@odata.etag",
    "@microsoft.graph.downloadUrl",
    "@odata.mediaContentType", "@odata.mediaEtag",
}  # fmt: skip


@dataclass
class Type:
    """One structured or enumerated type."""

    name: str
    base: str | None = None
    is_open: bool = False
    members: set[str] | None = None
    properties: dict[str, tuple[str, bool]] = field(default_factory=dict)
    relations: dict[str, str] = field(default_factory=dict)


class Description:
    """The types, entity sets and functions of one CSDL file."""

    def __init__(self, path: Path) -> None:
        self.types: dict[str, Type] = {}
        self.roots: dict[str, str] = {}
        # Function → binding type → what it returns.
        self.functions: dict[str, dict[str, str]] = {}
        for schema in ElementTree.parse(path).getroot().iter(f"{_EDM}Schema"):
            self._read(schema, schema.get("Namespace"))

    def _read(self, schema, namespace: str) -> None:
        for element in schema:
            kind, name = element.tag.removeprefix(_EDM), f"{namespace}.{element.get('Name')}"
            if kind in ("EntityType", "ComplexType"):
                self.types[name] = self._structured(element, name)
            elif kind == "EnumType":
                self.types[name] = Type(name, members={member.get("Name") for member in element})
            elif kind == "Function" and element.get("IsBound") == "true":
                binding = _full(element.find(f"{_EDM}Parameter").get("Type"))
                result = _full(element.find(f"{_EDM}ReturnType").get("Type"))
                self.functions.setdefault(element.get("Name").lower(), {})[binding] = result
            elif kind == "EntityContainer":
                for root in element:
                    type_name = root.get("EntityType") or root.get("Type")
                    if type_name:
                        is_set = root.tag.endswith("EntitySet")
                        full = _full(type_name)
                        self.roots[root.get("Name").lower()] = f"Collection({full})" if is_set else full

    def _structured(self, element, name: str) -> Type:
        found = Type(name, _full(element.get("BaseType")), element.get("OpenType") == "true")
        for child in element:
            if child.tag == f"{_EDM}Property":
                nullable = child.get("Nullable") != "false"
                found.properties[child.get("Name")] = (_full(child.get("Type")), nullable)
            elif child.tag == f"{_EDM}NavigationProperty":
                found.relations[child.get("Name")] = _full(child.get("Type"))
        return found

    def lineage(self, name: str) -> list[Type]:
        """Return a type with all it derives from, nearest first."""
        line = []
        while name in self.types:
            line.append(self.types[name])
            name = line[-1].base
        return line

    def resolve(self, path: str) -> str | None:
        """Return the type a path leads to, such as ``Collection(microsoft.graph.user)``, or None."""
        # A site by its path is a site by a key.
        path = re.sub(r"^/sites/[^/:]+:/.*?:?$", "/sites/key", path)
        # What lies at a path below a folder is an item by a key, too.
        path = re.sub(r"^(/drives/[^/:]+/(?:root|items/[^/:]+)):/[^:]*:?", r"\1", path)
        segments = [segment for segment in path.split("/") if segment]
        here = self.roots.get(segments[0].lower()) if segments else None
        for segment in segments[1:]:
            here = self._step(here, segment) if here else None
        return here

    def _step(self, here: str, segment: str) -> str | None:
        if segment.startswith("microsoft.graph.") and segment in self.types:
            return f"Collection({segment})" if _inner(here) != here else segment
        function = self.functions.get(segment.removesuffix("()").lower(), {})
        for one in self.lineage(_inner(here)):
            shape = f"Collection({one.name})" if _inner(here) != here else one.name
            if shape in function:
                return function[shape]
        if _inner(here) != here:
            return _inner(here)
        for one in self.lineage(here):
            for name, target in {**one.relations, **{k: v[0] for k, v in one.properties.items()}}.items():
                if name.lower() == segment.lower():
                    return target
        return None

    def findings(self, path: str, status: int, body: dict) -> list[str]:
        """Return everything that is wrong with an answer; [] is what one hopes for."""
        if status >= 400:
            return _error_findings(body)
        target = self.resolve(path)
        if target is None:
            return [f"{path}: leads nowhere"]
        found = []
        if "@odata.nextLink" in body and "@odata.deltaLink" in body:
            found.append("both nextLink and deltaLink")
        if _inner(target) == target:
            return found + self._object(body, target, "$")
        if not isinstance(body.get("value"), list):
            return [*found, "value: is not a list"]
        extra = set(body) - _ANNOTATIONS - {"value"}
        found += [f"{name}: does not belong beside value" for name in sorted(extra)]
        for index, entry in enumerate(body["value"]):
            found += self._object(entry, _inner(target), f"value[{index}]")
        return found

    def findings_of(self, type_name: str, status: int, body: dict) -> list[str]:
        """Return everything that is wrong with the answer of a call that creates or changes something of a type."""
        if status >= 400:
            return _error_findings(body)
        return self._object(body, f"microsoft.graph.{type_name}", "$")

    def _object(self, value, type_name: str, where: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{where}: is not an object"]
        found = []
        claimed = value.get("@odata.type")
        if claimed is not None:
            actual = claimed.removeprefix("#")
            if type_name not in [one.name for one in self.lineage(actual)]:
                return [f"{where}: {claimed} is no {type_name}"]
            type_name = actual
        line = self.lineage(type_name)
        for name, inner in value.items():
            found += self._member(name, inner, line, f"{where}.{name}")
        return found

    def _member(self, name: str, value, line: list[Type], where: str) -> list[str]:
        if name == "@removed":
            reasons = [{"reason": "changed"}, {"reason": "deleted"}]
            return [] if value in reasons else [f"{where}: {value} is no reason"]
        if name.startswith("@"):
            return [] if name in _ANNOTATIONS else [f"{where}: unknown annotation"]
        base, _, annotation = name.partition("@")
        if f"@{annotation}" in _ANNOTATIONS and any(base in one.relations for one in line):
            # How many there are of what is expanded, and where the others are.
            return []
        for one in line:
            if name in one.properties:
                type_name, nullable = one.properties[name]
                return self._value(value, type_name, nullable, where)
            if base in one.relations:
                return self._value(value, one.relations[base], True, where)
        if line and line[0].is_open and not line[0].properties:
            # The fields of a list's item are whatever its columns are called.
            return []
        return [f"{where}: unknown property of {line[0].name if line else 'an unknown type'}"]

    def _value(self, value, type_name: str, nullable: bool, where: str) -> list[str]:
        if value is None:
            # CSDL calls a collection's items nullable, never the collection itself.
            return [] if nullable and _inner(type_name) == type_name else [f"{where}: is null"]
        if _inner(type_name) != type_name:
            if not isinstance(value, list):
                return [f"{where}: is not a list"]
            parts = [self._value(one, _inner(type_name), False, f"{where}[{i}]") for i, one in enumerate(value)]
            return [finding for part in parts for finding in part]
        if type_name in _PRIMITIVES:
            return [] if _PRIMITIVES[type_name](value) else [f"{where}: {value!r} is no {type_name}"]
        known = self.types.get(type_name)
        if known is not None and known.members is not None:
            return [] if value in known.members else [f"{where}: {value!r} is no {type_name}"]
        return self._object(value, type_name, where)


def _error_findings(body: dict) -> list[str]:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or set(body) != {"error"}:
        return ["an error must be an object called error, alone"]
    found = [f"error.{name}: is not a text" for name in ("code", "message") if not isinstance(error.get(name), str)]
    inner = error.get("innerError")
    if not isinstance(inner, dict) or set(inner) != {"date", "request-id", "client-request-id"}:
        found.append("error.innerError: must hold date, request-id and client-request-id")
    return found


def _full(name: str | None) -> str | None:
    # The file abbreviates its own namespace.
    return re.sub(r"(^|\()graph\.", r"\1microsoft.graph.", name) if name else None


def _inner(name: str) -> str:
    return name[len("Collection(") : -1] if name.startswith("Collection(") else name


def _is_whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
