"""One frozen tree: unknown keys refused, all mistakes at once, the same hash for the same settings (promise 4)."""

from __future__ import annotations

import json
import pickle
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from astra_actors.config.load import from_environment, load_settings, read_file, shipped_dir, validated
from astra_actors.config.mistakes import SettingsError
from astra_actors.config.settings import Settings
from astra_actors.config.snapshot import Change, diff, settings_hash, settings_json
from astra_actors.config.strict_yaml import read_yaml
from astra_actors.kernel.errors import ConfigError

# methods §18.8, section by section
CONSTANTS = [
    pytest.param("run.bankroll_usd", Decimal(5_000), id="bankroll"),
    pytest.param("run.seed", 12_345, id="seed"),
    pytest.param("gates.ev.threshold", 0.005, id="EV threshold"),
    pytest.param("gates.ev.base_buffer", 0.002, id="EV adverse"),
    pytest.param("gates.ev.base_slip", 0.003, id="EV slippage"),
    pytest.param("gates.ev.k_spread", 0.5, id="EV k_spread"),
    pytest.param("gates.ev.k_depth", 0.01, id="EV k_depth"),
    pytest.param("gates.ev.depth_floor_usd", 100.0, id="depth floor"),
    pytest.param("orders.ttl_s", 120, id="TTL"),
    pytest.param("orders.stale_s", 60, id="stale"),
    pytest.param("orders.chase_ticks_max", 3, id="chase"),
    pytest.param("orders.drift_ticks", 2, id="drift"),
    pytest.param("paper.latency_mean_ms", 50.0, id="latency"),
    pytest.param("paper.impact_k", 0.02, id="impact K"),
    pytest.param("signals.toxic_score", 0.7, id="toxicity threshold"),
    pytest.param("signals.horizons_s", (30, 120, 600), id="markout horizons"),
    pytest.param("stream.stale_ms_max", 5_000, id="feed stale"),
    pytest.param("stream.reconnect_s_max", 30.0, id="back-off"),
    pytest.param("stream.ping_s", 10.0, id="ping"),
    pytest.param("stream.markets_max", 500, id="markets on paper"),
    pytest.param("supervision.burn_in_cycles", 3, id="burn-in"),
    pytest.param("supervision.burn_in_failures_max", 10, id="burn-in failures"),
    pytest.param("supervision.heartbeat_s", 60.0, id="heartbeat (19.4 #57)"),
]


def at(settings: Settings, name: str) -> Any:
    place: Any = settings
    for step in name.split("."):
        place = getattr(place, step)
    return place


@pytest.fixture(scope="module")
def paper() -> Settings:
    return load_settings(environ={})


@pytest.mark.parametrize(("name", "value"), CONSTANTS)
def test_the_defaults_are_the_documented_constants(paper: Settings, name: str, value: object) -> None:
    assert at(paper, name) == value


def test_default_yaml_says_what_the_code_says() -> None:
    told = validated(read_file(shipped_dir() / "default.yaml"))
    assert diff(settings_json(Settings()), settings_json(told)) == []


def test_no_setting_moves_money(paper: Settings) -> None:
    assert (paper.run.feed, paper.run.venue) == ("world", "paper")
    with pytest.raises(ConfigError, match="venue"):
        load_settings(environ={"ASTRA_RUN__VENUE": "clob"})


def test_later_layers_win_setting_by_setting(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("run: {seed: 1, actors: 3, days: 5}\n")
    second.write_text("run: {seed: 2, actors: 4}\n")
    settings = load_settings(files=[first, second], environ={"ASTRA_RUN__SEED": "3"}, flags={"run": {"seed": 4}})
    assert (settings.run.seed, settings.run.actors, settings.run.days) == (4, 4, 5.0)
    assert settings.run.window_s == 600
    assert load_settings(files=[first, second], environ={"ASTRA_RUN__SEED": "3"}).run.seed == 3


def test_strategies_keep_the_order_in_which_they_stand(paper: Settings, tmp_path: Path) -> None:
    assert list(paper.strategies) == ["crypto_threshold", "market_making"]
    file = tmp_path / "mine.yaml"
    file.write_text("strategies: {market_making: {enabled: false}}\n")
    mine = load_settings(files=[file], environ={})
    assert list(mine.strategies) == ["crypto_threshold", "market_making"]
    assert mine.strategies["market_making"] == {"enabled": False}


ENVIRONMENT = [
    pytest.param("ASTRA_RUN__SEED", "7", "run.seed", 7, id="a number"),
    pytest.param("ASTRA_RUN__BANKROLL_USD", "2500.5", "run.bankroll_usd", Decimal("2500.5"), id="money"),
    pytest.param("ASTRA_RUN__TAPE_PATHS", "[a, 'b c']", "run.tape_paths", ("a", "b c"), id="a list"),
    pytest.param("ASTRA_RUN__DATA_DIR", "123", "run.data_dir", "123", id="text that looks like a number"),
    pytest.param("ASTRA_GATES__EV__THRESHOLD", "1e-2", "gates.ev.threshold", 0.01, id="two sections deep"),
    pytest.param("ASTRA_GATES__EV__DEPTH_VETO", "false", "gates.ev.depth_veto", False, id="a boolean"),
]


@pytest.mark.parametrize(("name", "text", "setting", "value"), ENVIRONMENT)
def test_any_setting_can_come_from_the_environment(name: str, text: str, setting: str, value: object) -> None:
    assert at(load_settings(environ={name: text}), setting) == value


def test_every_section_can_be_reached_from_the_environment() -> None:
    for section in Settings.model_fields:
        with pytest.raises(ConfigError, match=f"^{section}.*no_such_name"):
            load_settings(environ={f"ASTRA_{section.upper()}__NO_SUCH_NAME": "1"})


def test_names_that_are_no_settings_are_left_alone() -> None:
    assert from_environment({"ASTRA_HEALTH_PATH": "/x", "PATH": "a", "POLY_API_KEY": "k"}) == {}


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "run: {seedd: 1, actors: 0, bankroll_usd: -5}\n"
        "gates: {ev_overrides: {market_making: {treshold: 1, k_depth: -1}, nobody: {}}}\n"
        "strategies: {market_making: {no_such: 1}, ghost: {}}\n"
        "risks: {}\n"
    )
    with pytest.raises(SettingsError) as caught:
        load_settings(files=[file], environ={"ASTRA_ORDERS__TTL_S": "soon"})
    fields_named = {mistake.field for mistake in caught.value.mistakes}
    assert fields_named == {
        "run.seedd",
        "run.actors",
        "run.bankroll_usd",
        "orders.ttl_s",
        "risks",
        "gates.ev_overrides.market_making.treshold",
        "gates.ev_overrides.market_making.k_depth",
        "gates.ev_overrides.nobody",
        "strategies.market_making.no_such",
        "strategies.ghost",
    }
    assert isinstance(caught.value, ConfigError)
    assert len(str(caught.value).splitlines()) == len(fields_named)
    assert "run.seedd: 1 is not usable; there is no such setting; did you mean run.seed?" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_one_mistake_names_field_value_and_remedy() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(environ={"ASTRA_RUN__ACTORS": "0"})
    assert (caught.value.field, caught.value.value) == ("run.actors", "0")
    assert caught.value.remedy == "input should be greater than or equal to 1"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none.yaml.*give a settings file that can be read"):
        load_settings(files=[tmp_path / "none.yaml"], environ={})


def test_an_override_changes_the_gate_of_one_strategy() -> None:
    settings = load_settings(environ={"ASTRA_GATES__EV_OVERRIDES__MARKET_MAKING__THRESHOLD": "0.009"})
    assert settings.gates.ev_for("market_making").threshold == 0.009
    assert settings.gates.ev_for("market_making").k_depth == settings.gates.ev.k_depth
    assert settings.gates.ev_for("crypto_threshold") == settings.gates.ev


def test_the_tree_is_frozen(paper: Settings) -> None:
    with pytest.raises(ValidationError):
        paper.run = paper.run  # type: ignore[misc]
    with pytest.raises(AttributeError):
        paper.run.seed = 1  # type: ignore[misc]


def test_every_section_is_closed_and_travels(paper: Settings) -> None:
    for name in Settings.model_fields:
        section = getattr(paper, name)
        if is_dataclass(section):
            assert fields(section)
            assert getattr(type(section), "__pydantic_config__", {}).get("extra") == "forbid", name
    assert pickle.loads(pickle.dumps(paper)) == paper


# -- snapshot ---------------------------------------------------------------------------------------------------------


def test_the_hash_is_that_of_the_text_and_holds_still(paper: Settings) -> None:
    again = load_settings(environ={})
    assert settings_hash(again) == settings_hash(paper)
    assert len(settings_hash(paper)) == 64
    assert json.loads(settings_json(paper))["run"]["bankroll_usd"] == "5000", "money is text, never a float"


def test_any_change_changes_the_hash_and_only_that_is_told(paper: Settings) -> None:
    environ = {"ASTRA_RUN__SEED": "8", "ASTRA_STRATEGIES__MARKET_MAKING__HALF_POINTS": "0.02"}
    changed = load_settings(environ=environ)
    assert settings_hash(changed) != settings_hash(paper)
    assert diff(settings_json(paper), settings_json(changed)) == [
        Change("run.seed", 12_345, 8),
        Change("strategies.market_making.half_points", "(absent)", 0.02),
    ]
    assert str(diff(settings_json(paper), settings_json(changed))[0]) == "run.seed: 12345 → 8"


def test_the_order_of_strategies_is_part_of_the_settings(tmp_path: Path) -> None:
    ab = validated({"strategies": {"crypto_threshold": {}, "market_making": {}}})
    ba = validated({"strategies": {"market_making": {}, "crypto_threshold": {}}})
    assert settings_hash(ab) != settings_hash(ba)
    assert [change.name for change in diff(settings_json(ab), settings_json(ba))] == [
        "strategies.crypto_threshold",
        "strategies.market_making",
    ]


# -- YAML -------------------------------------------------------------------------------------------------------------

VALUES = [
    pytest.param("on", "on", id="on is text"),
    pytest.param("yes", "yes", id="yes is text"),
    pytest.param("True", "True", id="only true and false are booleans"),
    pytest.param("true", True, id="true"),
    pytest.param("12:30:00", "12:30:00", id="a time is not a number to base 60"),
    pytest.param("0123", "0123", id="no octal"),
    pytest.param("0x1F", "0x1F", id="no hexadecimal"),
    pytest.param("2026-03-01", "2026-03-01", id="a date is text"),
    pytest.param("1e-3", 0.001, id="an exponent is a number"),
    pytest.param("-1.5", -1.5, id="a fraction"),
    pytest.param("5_000", 5_000, id="grouped digits"),
    pytest.param("5_000.5", 5_000.5, id="grouped digits of a fraction"),
    pytest.param(".inf", ".inf", id="infinity is no number"),
    pytest.param("", None, id="nothing"),
    pytest.param("'7'", "7", id="quoted digits"),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_yaml_has_no_surprises(text: str, value: object) -> None:
    read = read_yaml(f"a: {text}\n", name="x.yaml")["a"]
    assert (read, type(read)) == (value, type(value))


BAD_YAML = [
    pytest.param("mode: paper\nmode: live\n", "line 2: 'mode' stands here twice", id="a key twice"),
    pytest.param("run: {seed: 1, seed: 2}", "'seed' stands here twice", id="a key twice further in"),
    pytest.param("1: a", "a key is text", id="a key that is a number"),
    pytest.param("a: &x [1]\nb: *x\n", "aliases are not used", id="an alias"),
    pytest.param("a: !!python/object/apply:os.getcwd []", "could not determine a constructor", id="a Python object"),
    pytest.param("a: [1", "line 1", id="an open bracket"),
    pytest.param("- 1\n", "a mapping of sections", id="a list"),
]


@pytest.mark.parametrize(("text", "match"), BAD_YAML)
def test_bad_yaml_is_refused_with_its_place(text: str, match: str) -> None:
    with pytest.raises(ConfigError, match=match) as caught:
        read_yaml(text, name="x.yaml")
    assert caught.value.field == "x.yaml"
