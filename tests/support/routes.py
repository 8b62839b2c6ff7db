"""Every route of the API as a table, made from the application itself."""

from __future__ import annotations

from dataclasses import dataclass

from app.api.context import action_of

NO_ACTION = {"static", "api-docs"}
"""Endpoints that state no Action: files that everybody may have, and the document of the API."""
SAMPLES = {"user_id": "u-nobody", "filename": "x"}
UNKNOWN = "unknown-one"


@dataclass(frozen=True)
class Route:
    """One method of one address. `path` names things that do not exist."""

    method: str
    rule: str
    path: str
    endpoint: str
    action: str | None
    takes_json: bool
    query: tuple[str, ...]

    def __str__(self):
        return f"{self.method} {self.rule}"


def routes_of(app):
    """All routes of the API, sorted; pages and static files are not among them."""
    with app.app_context():
        return sorted(_all(app), key=str)


def _all(app):
    documented = app.test_client().get("/api/openapi.json").json["paths"]
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in NO_ACTION | {"pages"}:
            continue
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            operation = _operation(documented, rule, method)
            path = rule.rule
            for name in rule.arguments:
                converter = "path:" if f"<path:{name}>" in path else ""
                path = path.replace(f"<{converter}{name}>", UNKNOWN)
            yield Route(
                method=method,
                rule=rule.rule,
                path=path,
                endpoint=rule.endpoint,
                action=action_of(rule.endpoint),
                takes_json="application/json"
                in operation.get("requestBody", {}).get("content", ()),
                query=tuple(
                    p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"
                ),
            )


def _operation(documented, rule, method):
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<path:{name}>", f"{{{name}}}").replace(f"<{name}>", f"{{{name}}}")
    return documented[path][method.lower()]
