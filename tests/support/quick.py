"""What is slow, and needed once for hundreds of tests: hashes, the document, rules of routes."""

from __future__ import annotations

from argon2 import PasswordHasher
from werkzeug.routing import Rule

from app import create_app
from app.api import openapi
from app.api.blueprint import Blueprint
from app.auth.passwords import Passwords
from app.extensions import api


class QuickPasswords(Passwords):
    """The program's own, at a cost that many sign-ins can bear. The real cost is the one of
    `Passwords` itself, and of every running program.
    """

    _hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Workshop:
    """Makes applications, each whole and its own but for two things that are equal in all of them:
    the OpenAPI document and the code by which a route's rule builds its URL.
    """

    def __init__(self):
        self._document = None
        self._builder = builder_once()

    def make(self, warehouse, settings, patches):
        """What `create_app` makes; `patches` is a monkeypatch of the test."""
        with patches.context() as patch:
            patch.setattr(Rule, "_compile_builder", self._builder)
            if self._document:
                self._reuse_document(patch)
            made = create_app(warehouse, settings)
        self._document = api.spec
        return made

    def _reuse_document(self, patch):
        patch.setattr(api, "_init_spec", lambda: setattr(api, "spec", self._document))
        patch.setattr(self._document, "tag", ignore)
        patch.setattr(Blueprint, "register_views_in_doc", ignore)
        patch.setattr(openapi, "document_problems", ignore)
        patch.setattr(openapi, "document_patterns", ignore)


def ignore(*_, **__):
    """Nothing, where the first application did it for all."""


def builder_once(compile_builder=Rule._compile_builder):
    """Werkzeug's method, asked once for rules that are written alike."""
    made = {}

    def builder(rule, append_unknown=True):  # noqa: FBT002  # Werkzeug's own signature
        key = tuple(rule._trace), repr(rule.defaults), append_unknown
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    return builder
