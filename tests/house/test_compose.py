"""compose.yaml fits the program: its variables are ours, and everything that it names is there."""

from __future__ import annotations

from dataclasses import fields
from itertools import chain

import pytest
import yaml

from config import ROOT, Settings

VARIABLES = {f.metadata["name"] for f in fields(Settings)}
SECRETS = {"REDIS_PASSWORD": "0123456789abcdef", "JWT_SECRET_KEY": "0123456789abcdef" * 4}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))


@pytest.mark.parametrize("name", ["app", "jobs"])
def test_the_programs_variables_are_settings_that_start_it(compose, name):
    given = compose["services"][name]["environment"]
    assert given.keys() <= VARIABLES
    settings = Settings.from_env({**given, **SECRETS})
    assert not settings.is_demo
    assert settings.redis_url.startswith("redis+sentinel://:0123456789abcdef@sentinel-1:26379,")


def test_secrets_have_no_default_and_are_no_part_of_the_file(compose):
    for name in ("app", "jobs"):
        for secret in SECRETS:
            value = compose["services"][name]["environment"][secret]
            assert value.startswith(f"${{{secret}:?")


def test_whoever_is_waited_for_or_reached_is_a_service(compose):
    services = compose["services"].keys()
    for service in compose["services"].values():
        assert set(service.get("depends_on", ())) <= services
    given = compose["services"]["app"]["environment"]
    reached = given["REDIS_SENTINELS"].split(",") + given["MONGO_URI"].split("/")[2].split(",")
    assert {host.partition(":")[0] for host in reached} <= services


def test_volumes_and_configs_that_are_used_are_declared(compose):
    for service in compose["services"].values():
        for volume in service.get("volumes", ()):
            assert volume.partition(":")[0] in compose["volumes"]
        for config in service.get("configs", ()):
            assert config["source"] in compose["configs"]


def test_what_is_copied_into_the_image_is_in_the_repository(compose):
    lines = compose["services"]["app"]["build"]["dockerfile_inline"].splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY") and "--" not in line]
    for name in chain.from_iterable(copied):
        assert (ROOT / name).exists(), name


def test_only_the_proxy_is_reached_from_outside(compose):
    assert [name for name, each in compose["services"].items() if "ports" in each] == ["proxy"]
