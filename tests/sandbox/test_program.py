"""The sandbox marketplace as a program: how it starts, stops and refuses to start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.configuration import ConfigurationError, decoded_secret, from_environment
from sandbox.signing import signature
from tests.sandbox.conftest import ROOT, SECRET, program


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_answers_and_ends_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with program(tmp_path) as (process, market):
        assert market.get("/healthz").json == {"status": "ok", "commands": "off"}

        process.send_signal(number)

        assert process.wait(timeout=10) == 0
    assert (tmp_path / "sandbox.sqlite3").exists()


def test_it_ends_at_once_although_a_slow_answer_is_under_way(tmp_path: Path) -> None:
    secret = "whsec_c2FuZGJveC10ZXN0cy1zZWNyZXQtMDEyMzQ1Njc4OWFi"
    with program(tmp_path, SANDBOX_SECRET=secret, SANDBOX_FAULTS='{"mode": "slow", "seconds": 60}') as (process, market):
        listing = market.listing("bazarro")
        command = {"action": "remove", "marketplace": "bazarro", "listing": listing["id"]}
        with ThreadPoolExecutor() as pool:
            answer = pool.submit(market.command, command)
            assert process.stderr is not None
            assert "fault slow on command" in process.stderr.readline()

            process.send_signal(signal.SIGTERM)

            assert answer.result().status == 200
        assert process.wait(timeout=10) == 0


def test_the_fault_of_the_environment_is_on_from_the_start(tmp_path: Path) -> None:
    with program(tmp_path, SANDBOX_FAULTS='{"mode": "error", "scope": "all", "count": 2}') as (_process, market):
        assert [market.get("/api/shops").status for _ in range(3)] == [500, 500, 200]


def test_the_stock_is_enough_for_a_complaint_of_three_hundred_on_each_marketplace(tmp_path: Path) -> None:
    with program(tmp_path) as (_process, market):
        for key in ("bazarro", "lanqiao", "nordmart"):
            ids, cursor = set(), ""
            while cursor is not None:
                page = market.get(f"/api/listings?marketplace={key}&limit=100&cursor={cursor}").json
                ids, cursor = ids | {item["id"] for item in page["items"]}, page["next_cursor"]
            assert len(ids) == 672


def test_a_kill_in_the_middle_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    secret = "whsec_c2FuZGJveC10ZXN0cy1zZWNyZXQtMDEyMzQ1Njc4OWFi"
    with program(tmp_path, SANDBOX_SECRET=secret) as (process, market):
        listing = market.listing("bazarro")
        command = {"action": "remove", "marketplace": "bazarro", "listing": listing["id"]}
        first = market.command(command, command_id="act_1")
        os.kill(process.pid, signal.SIGKILL)

    with program(tmp_path, SANDBOX_SECRET=secret) as (_process, market):
        assert first.status == 200
        assert market.get(f"/bazarro/item/{listing['id']}.html").status == 410
        assert market.command(command, command_id="act_1").body == first.body


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"SANDBOX_PORT": "http"}, "SANDBOX_PORT"),
        ({"SANDBOX_PORT": "70000"}, "SANDBOX_PORT"),
        ({"SANDBOX_SECRET": "short"}, "SANDBOX_SECRET"),
        ({"SANDBOX_BULK": "-1"}, "SANDBOX_BULK"),
        ({"SANDBOX_BULK": "20001"}, "SANDBOX_BULK"),
        ({"SANDBOX_ORIGIN": "localhost"}, "SANDBOX_ORIGIN"),
        ({"SANDBOX_PORTAL_ORIGIN": "https://portal.test; script-src *"}, "SANDBOX_PORTAL_ORIGIN"),
        ({"SANDBOX_FAULTS": "slow"}, "SANDBOX_FAULTS"),
        ({"SANDBOX_FAULTS": '{"mode": "asleep"}'}, "SANDBOX_FAULTS"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_words(tmp_path: Path, environ: dict[str, str], words: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "sandbox"],
        env={"SANDBOX_DATA_DIR": str(tmp_path), **environ},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 1
    assert words in finished.stderr
    assert "Traceback" not in finished.stderr


def test_settings_have_local_defaults() -> None:
    settings = from_environment({})

    assert (settings.host, settings.port, settings.origin, settings.secret) == ("127.0.0.1", 8003, "http://localhost:8003", None)
    assert settings.data == ROOT / "var" / "sandbox"
    assert (settings.portal, settings.bulk, settings.fault.mode) == ("http://localhost:8000", 648, "none")


@pytest.mark.parametrize("text", ["whsec_c2FuZGJveC10ZXN0cy1zZWNyZXQtMDEyMzQ1Njc4OWFi", "c2FuZGJveC10ZXN0cy1zZWNyZXQtMDEyMzQ1Njc4OWFi"])
def test_a_secret_reads_the_same_with_and_without_its_prefix(text: str) -> None:
    assert decoded_secret(text) == SECRET


def test_a_secret_in_the_url_alphabet_reads_like_its_twin() -> None:
    assert decoded_secret("-_-_-_-_-_-_-_-_-_-_-_-_") == decoded_secret("+/+/+/+/+/+/+/+/+/+/+/+/")


@pytest.mark.parametrize("text", ["", "whsec_", "not base64 at all!", "YWJj"])
def test_a_secret_that_cannot_protect_anything_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="SANDBOX_SECRET"):
        decoded_secret(text)


def test_the_published_vector_of_standard_webhooks_is_signed_alike() -> None:
    secret = decoded_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
