"""Settings: read once, checked at the start, a bad value told in one line that names it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from config import BadSetting, Settings, new_secret

SECRET = new_secret()
OUTSIDE = {
    "MONGO_URI": "mongodb://db1,db2/?replicaSet=rs",
    "REDIS_URL": "redis://cache:6379/0",
    "JWT_SECRET_KEY": SECRET,
}


def test_nothing_set_is_the_demo():
    settings = Settings.from_env({})
    assert settings.is_demo
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 5000, 1)
    assert settings.data_dir.name == "var"


def test_an_empty_variable_is_an_unset_one():
    assert Settings.from_env({"PORT": "", "MONGO_URI": ""}) == Settings.from_env({})


def test_own_servers_are_no_demo():
    settings = Settings.from_env(OUTSIDE)
    assert not settings.is_demo
    assert settings.cookie_secure


def test_settings_never_change():
    with pytest.raises(FrozenInstanceError):
        Settings.from_env({}).port = 1


@pytest.mark.parametrize("missing", sorted(OUTSIDE))
def test_own_servers_need_all_three_variables(missing):
    given = {name: value for name, value in OUTSIDE.items() if name != missing}
    with pytest.raises(BadSetting, match=f"^{missing}: must be set too where"):
        Settings.from_env(given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("PORT", "--5"),
        ("PORT", "5e3"),
        ("PORT", "²"),
        ("PORT", "9" * 5000),
        ("WORKERS", "0"),
        ("WORKERS", "-1"),
        ("MONGO_URI", "localhost:27017"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://localhost:http"),
        ("JWT_SECRET_KEY", "short"),
        ("JWT_SECRET_KEY", "a" * 64),
        ("COOKIE_SECURE", "maybe"),
        ("SECOND_FACTOR_ROLES", "admin,counter"),
        ("SECOND_FACTOR_ROLES", "Admin"),
        ("LOG_FORMAT", "xml"),
        ("ASYNC_MODE", "gevent"),
        ("RACK_LOCK_TTL", "1"),
        ("SYNC_MAX_BATCH", "1.5"),
    ],
)
def test_a_bad_value_is_told_in_one_line_that_names_the_variable(name, value):
    with pytest.raises(BadSetting) as refusal:
        Settings.from_env(OUTSIDE | {name: value})
    assert str(refusal.value).startswith(f"{name}: ")
    assert "\n" not in str(refusal.value)
    assert "invalid literal" not in str(refusal.value)


def test_a_weak_secret_is_not_repeated_in_the_message():
    with pytest.raises(BadSetting) as refusal:
        Settings.from_env(OUTSIDE | {"JWT_SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(refusal.value)


def test_redis_by_parts_makes_one_url_whatever_the_password():
    parts = {"REDIS_HOST": "cache", "REDIS_PORT": "7000", "REDIS_DB": "3"}
    given = {k: v for k, v in OUTSIDE.items() if k != "REDIS_URL"} | parts
    assert Settings.from_env(given).redis_url == "redis://cache:7000/3"
    with_password = Settings.from_env(given | {"REDIS_PASSWORD": "p@ss:w/rd"})
    assert with_password.redis_url == "redis://:p%40ss%3Aw%2Frd@cache:7000/3"


def test_sentinels_make_one_url_with_the_service_that_they_watch():
    parts = {"REDIS_SENTINELS": "s1:26379, s2:26380", "REDIS_PASSWORD": "secret", "REDIS_DB": "2"}
    given = {k: v for k, v in OUTSIDE.items() if k != "REDIS_URL"} | parts
    url = "redis+sentinel://:secret@s1:26379,s2:26380/2/mymaster"
    assert Settings.from_env(given).redis_url == url
    assert Settings.from_env(OUTSIDE | {"REDIS_URL": url}).redis_url == url
    named = Settings.from_env(given | {"REDIS_SERVICE": "counts"})
    assert named.redis_url.endswith("/2/counts")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("REDIS_SENTINELS", "s1"),
        ("REDIS_SENTINELS", "s1:port"),
        ("REDIS_PASSWORD", "p@ss:w/rd"),
        ("REDIS_SERVICE", "a/b"),
        ("REDIS_URL", "redis+sentinel://s1:26379"),
        ("REDIS_URL", "redis+sentinel://s1/0/mymaster"),
    ],
)
def test_an_unusable_word_about_sentinels_stops_the_start(variable, value):
    given = {k: v for k, v in OUTSIDE.items() if k != "REDIS_URL"}
    given |= {"REDIS_SENTINELS": "s1:26379", variable: value}
    with pytest.raises(BadSetting, match=r"REDIS_"):
        Settings.from_env(given)


def test_redis_url_wins_over_its_parts():
    assert Settings.from_env(OUTSIDE | {"REDIS_HOST": "x"}).redis_url == OUTSIDE["REDIS_URL"]


def test_a_data_folder_may_be_relative_have_spaces_and_a_home():
    relative = Settings.from_env({"STOCKVERIFY_DATA_DIR": "some where"}).data_dir
    assert relative == Path.cwd() / "some where"
    assert Settings.from_env({"STOCKVERIFY_DATA_DIR": "~/sv"}).data_dir == Path.home() / "sv"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        OUTSIDE,
        OUTSIDE | {"COOKIE_SECURE": "0", "CORS_ORIGINS": "https://a.example, https://b.example"},
        OUTSIDE | {"WORKERS": "4", "STOCKVERIFY_DATA_DIR": "/srv/a b", "ASYNC_MODE": "threading"},
        {k: v for k, v in OUTSIDE.items() if k != "REDIS_URL"} | {"REDIS_HOST": "cache"},
    ],
)
def test_a_child_process_reads_the_same_settings_from_as_env(environ):
    settings = Settings.from_env(environ)
    assert Settings.from_env(settings.as_env()) == settings


def test_every_setting_has_a_variable_and_says_what_it_is_for():
    names = [setting.metadata["name"] for setting in fields(Settings)]
    assert len(set(names)) == len(names)
    assert all(setting.metadata["about"] for setting in fields(Settings))


def test_new_secrets_are_strong_and_differ():
    assert new_secret() != new_secret()
    assert Settings.from_env(OUTSIDE | {"JWT_SECRET_KEY": new_secret()})
