"""The switch files: who said what, until when it stands, and what a person is answered; without any run around them."""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from supervision.control import KILL, PAUSE, RESUME, Answer, Switches, Word, read_answer, say_word, shared_dir


class Listener:
    """Hears words, and raises and lifts holds as a run does that has nothing else to object."""

    def __init__(self, *, refusing: bool = False) -> None:
        self.holds: list[str] = []
        self.heard: list[Word] = []
        self.refusing = refusing
        self.deaf = False  # dies over every word: what it heard is not in any ledger

    def __call__(self, word: Word) -> Answer:
        self.heard.append(word)
        done = not (word.action == RESUME and self.refusing)
        if not self.deaf and done:
            self._act(word)
        return Answer(word_id=word.word_id, action=word.action, done=done, text="said", state="?")

    def _act(self, word: Word) -> None:
        if word.action in (KILL, PAUSE):
            self.holds.append({KILL: "KILL", PAUSE: "PAUSE"}[word.action])
        elif word.revive:
            self.holds = ["PAUSE"]
        else:
            self.holds = [hold for hold in self.holds if hold != "PAUSE"]

    @property
    def actions(self) -> list[str]:
        return [word.action for word in self.heard]


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    data, shared = tmp_path / "data", tmp_path / "shared"
    data.mkdir()
    shared.mkdir()
    return data, shared


@pytest.fixture
def switches(places: tuple[Path, Path]) -> Switches:
    return Switches(*places)


def word(action: str, why: str = "because", **more: bool) -> Word:
    return Word(action=action, author="ann@desk", why=why, word_id=f"id-{action}", **more)


def test_a_word_is_told_once_and_answered(places: tuple[Path, Path], switches: Switches) -> None:
    data, _ = places
    listener = Listener()
    say_word(data, word(PAUSE, "lunch"))
    for _ in range(3):
        switches.take_up(listener, listener.holds)
    assert [(w.action, w.author, w.why) for w in listener.heard] == [(PAUSE, "ann@desk", "lunch")]
    assert (read_answer(data)["word_id"], read_answer(data)["done"]) == (f"id-{PAUSE}", True)
    assert (data / PAUSE).exists(), "it stands until it is lifted"


def test_a_word_survives_who_heard_it_and_died(places: tuple[Path, Path], switches: Switches) -> None:
    listener = Listener()
    listener.deaf = True
    say_word(places[0], word(KILL))
    switches.take_up(listener, listener.holds)
    listener.deaf = False
    switches.take_up(listener, listener.holds)
    switches.take_up(listener, listener.holds)
    assert listener.actions == [KILL, KILL]


def test_a_switch_holds_a_run_that_starts_later(places: tuple[Path, Path], switches: Switches) -> None:
    listener = Listener()
    say_word(places[0], word(PAUSE))
    switches.take_up(listener, listener.holds)
    later = Listener()
    Switches(*places).take_up(later, later.holds)
    assert later.actions == [PAUSE]


@pytest.mark.parametrize("where", [0, 1], ids=["the data directory", "the system's temporary directory"])
def test_a_file_made_by_touch_is_its_owners_word(places: tuple[Path, Path], switches: Switches, where: int) -> None:
    listener = Listener()
    (places[where] / KILL).touch()
    switches.take_up(listener, listener.holds)
    heard = listener.heard[0]
    assert (heard.action, heard.author) == (KILL, f"{getpass.getuser()}@{socket.gethostname()}")
    assert str(places[where] / KILL) in heard.why


@pytest.mark.parametrize("content", [b"\xff\x00", b"[1]", b'{"author": 7}', b"{"])
def test_a_file_with_anything_in_it_still_counts(places: tuple[Path, Path], switches: Switches, content: bytes) -> None:
    listener = Listener()
    (places[0] / PAUSE).write_bytes(content)
    switches.take_up(listener, listener.holds)
    assert listener.actions == [PAUSE]


def test_a_pause_taken_away_by_hand_is_a_resume(places: tuple[Path, Path], switches: Switches) -> None:
    listener = Listener()
    path = say_word(places[0], word(PAUSE))
    switches.take_up(listener, listener.holds)
    path.unlink()
    switches.take_up(listener, listener.holds)
    switches.take_up(listener, listener.holds)
    assert listener.actions == [PAUSE, RESUME]
    assert listener.heard[1].author == "file"


def test_a_kill_taken_away_by_hand_lifts_nothing(places: tuple[Path, Path], switches: Switches) -> None:
    listener = Listener()
    path = say_word(places[0], word(KILL))
    switches.take_up(listener, listener.holds)
    path.unlink()
    switches.take_up(listener, listener.holds)
    assert (listener.actions, listener.holds) == ([KILL], ["KILL"])


def test_a_resume_takes_the_switch_away_and_a_refused_one_leaves_it(
    places: tuple[Path, Path], switches: Switches
) -> None:
    data, _ = places
    listener = Listener(refusing=True)
    say_word(data, word(PAUSE))
    switches.take_up(listener, listener.holds)
    say_word(data, word(RESUME))
    switches.take_up(listener, listener.holds)
    assert (data / PAUSE).exists()
    assert not (data / RESUME).exists(), "a request is answered once"
    assert read_answer(data)["done"] is False
    listener.refusing = False
    say_word(data, word(RESUME))
    switches.take_up(listener, listener.holds)
    switches.take_up(listener, listener.holds)
    assert not (data / PAUSE).exists()
    assert (listener.actions, listener.holds) == ([PAUSE, RESUME, RESUME], [])


@pytest.mark.parametrize(("first", "more"), [(PAUSE, {}), (KILL, {"revive": True})], ids=["a pause", "a kill"])
def test_what_is_said_while_a_resume_is_heard_is_not_taken_away_with_it(
    places: tuple[Path, Path], switches: Switches, first: str, more: dict[str, bool]
) -> None:
    data, _ = places
    listener = Listener()
    os.utime(say_word(data, word(first)), ns=(1, 1))
    switches.take_up(listener, listener.holds)

    def interrupted(heard: Word) -> Answer:
        answer = listener(heard)
        say_word(data, Word(action=first, author="bob@desk", why="no, wait", word_id="bob's"))
        return answer

    say_word(data, word(RESUME, "on we go", **more))
    switches.take_up(interrupted, listener.holds)
    switches.take_up(listener, listener.holds)
    assert [(w.action, w.author) for w in listener.heard][-1] == (first, "bob@desk")
    assert {PAUSE: "PAUSE", KILL: "KILL"}[first] in listener.holds
    assert read_answer(data)["word_id"] == "bob's"


def test_a_second_word_for_what_stands_is_answered_and_heard_once(
    places: tuple[Path, Path], switches: Switches
) -> None:
    data, _ = places
    listener = Listener()
    say_word(data, word(PAUSE))
    switches.take_up(listener, listener.holds)
    say_word(data, Word(action=PAUSE, author="bob@desk", why="me too", word_id="bob's"))
    for _ in range(3):
        switches.take_up(listener, listener.holds)
    assert [w.author for w in listener.heard] == ["ann@desk", "bob@desk"]
    assert read_answer(data)["word_id"] == "bob's"


def test_a_switch_whose_hold_the_ledger_has_brought_back_is_not_heard_again(
    places: tuple[Path, Path], switches: Switches
) -> None:
    """A run that is taken up paused goes on from where it was: no window is added for a word it knows."""
    listener = Listener()
    listener.holds = ["PAUSE"]
    say_word(places[0], word(PAUSE))
    switches.take_up(listener, listener.holds)
    assert listener.heard == []


def test_a_kill_is_left_in_two_steps(places: tuple[Path, Path], switches: Switches) -> None:
    data, _ = places
    listener = Listener()
    say_word(data, word(KILL))
    switches.take_up(listener, listener.holds)
    say_word(data, word(RESUME, "no smoke", revive=True))
    switches.take_up(listener, listener.holds)
    switches.take_up(listener, listener.holds)
    assert (listener.holds, (data / KILL).exists(), (data / PAUSE).exists()) == (["PAUSE"], False, True)
    fresh = Listener()
    Switches(*places).take_up(fresh, fresh.holds)
    assert fresh.actions == [PAUSE], "a run that starts now is paused as well"
    say_word(data, word(RESUME))
    switches.take_up(listener, listener.holds)
    assert (listener.holds, (data / PAUSE).exists()) == ([], False)


def test_no_run_lifts_a_switch_of_the_whole_machine(places: tuple[Path, Path], switches: Switches) -> None:
    data, shared = places
    listener = Listener()
    (shared / PAUSE).touch()
    switches.take_up(listener, listener.holds)
    say_word(data, word(RESUME))
    switches.take_up(listener, listener.holds)
    answer = read_answer(data)
    assert (answer["done"], str(shared / PAUSE) in answer["text"]) == (False, True)
    assert listener.actions == [PAUSE]
    assert (shared / PAUSE).exists()


def test_the_last_word_wins(places: tuple[Path, Path], switches: Switches) -> None:
    data, _ = places
    say_word(data, word(RESUME))  # while nothing runs
    say_word(data, word(PAUSE))
    assert not (data / RESUME).exists()
    os.utime(say_word(data, word(RESUME)), ns=(1, 1))  # a request from before the pause
    listener = Listener()
    switches.take_up(listener, listener.holds)
    assert (listener.actions, (data / RESUME).exists()) == ([PAUSE], False)


def test_a_pause_and_then_a_resume_while_nothing_runs(places: tuple[Path, Path], switches: Switches) -> None:
    data, _ = places
    os.utime(say_word(data, word(PAUSE)), ns=(1, 1))
    say_word(data, word(RESUME))
    listener = Listener()
    switches.take_up(listener, listener.holds)
    assert (listener.actions, listener.holds, (data / PAUSE).exists()) == ([PAUSE, RESUME], [], False)


def test_the_shared_directory_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASTRA_SWITCH_DIR", str(tmp_path / "other"))
    assert shared_dir() == tmp_path / "other"
    monkeypatch.delenv("ASTRA_SWITCH_DIR")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert shared_dir() == tmp_path


# -- the commands, where nothing runs ----------------------------------------------------------------------------------

WORDS = [
    pytest.param(("pause", "--why", "lunch"), PAUSE, "lunch", id="pause"),
    pytest.param(("kill", "--reason", "smoke"), KILL, "smoke", id="kill"),
    pytest.param(("resume",), RESUME, "asked for", id="resume"),
    pytest.param(("resume", "--revive", "--reason", "mended"), RESUME, "mended", id="revive"),
]


@pytest.mark.parametrize(("words", "action", "why"), WORDS)
def test_a_word_waits_for_the_next_run(
    astra: Callable[..., object], tmp_path: Path, words: tuple[str, ...], action: str, why: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "astra.lock").write_text("999999999")  # whoever ran here is dead
    command = astra(*words, "--json", "--data-dir", str(data))
    assert command.wait() == 0, command.told
    said, content = command.json(), json.loads((data / action).read_text())
    author = f"{getpass.getuser()}@{socket.gethostname()}"
    assert (said["answered"], said["author"], content["author"], content["why"]) == (False, author, author, why)
    assert "nothing runs" in said["text"]


REFUSED = [
    pytest.param(("resume", "--revive"), ("--reason",), id="a revival without a reason"),
    pytest.param(("resume", "--reset-drawdown", "--reason", " "), ("--reason",), id="a reset without one"),
    pytest.param(("resume", "--revive", "--reset-drawdown", "--reason", "x"), ("--revive first",), id="both at once"),
]


@pytest.mark.parametrize(("words", "named"), REFUSED)
def test_what_may_not_be_undone_without_a_reason(astra, tmp_path, words, named):
    command = astra(*words, "--data-dir", str(tmp_path))
    assert command.wait() == 1
    assert all(name in command.told for name in named) and "Traceback" not in command.told
    assert not (tmp_path / RESUME).exists()
