"""docker-compose.yml, held to the Compose Specification's schema and to the supervisor's list of processes."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ipp.embedded.processes import OURS, PROCESSES, SECRETS, Process
from ipp.env import LOGIN_URLS, LOGINS

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OF_OURS = {name: service for name, service in SERVICES.items() if service["image"] == "ipp"}
ONE_SHOT = {"migrate"}
FIRST_PORT = 8000


def test_the_file_fits_the_specification() -> None:
    schema = json.loads((ROOT / "tests/payloads/compose/compose-spec.schema.json").read_text(encoding="utf-8"))

    jsonschema.Draft201909Validator(schema).validate(COMPOSE)


def test_the_schema_refuses_a_misspelled_key() -> None:
    schema = json.loads((ROOT / "tests/payloads/compose/compose-spec.schema.json").read_text(encoding="utf-8"))

    with pytest.raises(jsonschema.ValidationError, match="comand"):
        jsonschema.Draft201909Validator(schema).validate({"services": {"portal": {"comand": "x"}}})


def test_the_services_are_the_supervisors_processes_and_their_servers() -> None:
    assert set(OF_OURS) - ONE_SHOT == {process.name for process in PROCESSES}
    assert set(SERVICES) - set(OF_OURS) == {"postgres", "valkey", "objects", "bucket", "mail"}


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_service_runs_the_supervisors_command_with_its_audience(process: Process) -> None:
    service, places = SERVICES[process.name], places_of(process)

    assert service["command"] == process.command(**places)
    assert process.environment(**places).items() <= service["environment"].items()


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_service_is_handed_the_secrets_of_its_process_and_no_other(process: Process) -> None:
    environment = SERVICES[process.name]["environment"]

    assert {name for name in environment if name in SECRETS} == process.secrets


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_service_knows_no_database_password_but_its_own(process: Process) -> None:
    asked = variables_in(json.dumps(SERVICES[process.name]))
    own = {f"{audience.upper()}_DB_PASSWORD" for audience, url in LOGIN_URLS.items() if url in process.secrets}

    assert {name for name in asked if name.endswith("PASSWORD") and name != "REDIS_PASSWORD"} == own


def test_each_login_has_an_address_of_its_own_and_the_one_shot_knows_them_all() -> None:
    given = {audience: SERVICES[audience]["environment"][url] for audience, url in LOGIN_URLS.items()}
    owners = SERVICES["migrate"]["environment"]

    for audience, url in given.items():
        assert filled_in(url) == f"postgresql://{LOGINS[audience]}:{audience.upper()}_DB_PASSWORD@postgres:5432/ipp"
    assert {audience: owners[url] for audience, url in LOGIN_URLS.items()} == given
    assert filled_in(owners["DATABASE_URL"]) == "postgresql://ipp_owner:OWNER_PASSWORD@postgres:5432/ipp"
    assert "LOGINS_SECRET" not in owners


@pytest.mark.parametrize("process", [process for process in PROCESSES if process.port_offset is not None], ids=lambda process: process.name)
def test_a_listening_service_is_published_on_this_machine_only_and_watched(process: Process) -> None:
    port = FIRST_PORT + (process.port_offset or 0)

    assert SERVICES[process.name]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert SERVICES[process.name]["healthcheck"]["test"] == ["CMD", "python", "-m", "ipp.embedded", "ready", process.name]


def test_the_one_shot_runs_the_supervisors_preparations_before_anything_else() -> None:
    wanted = " && ".join(" ".join(command).format(python="python") for command in OURS.preparations)

    assert SERVICES["migrate"]["command"] == ["sh", "-c", wanted]
    for name in ("portal", "staff", "engine", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    secret = re.compile(r"[A-Z_]*(?:SECRET|PASSWORD)[A-Z_]*")

    for name, operator in re.findall(r"(?<!\$)\$\{([A-Z_0-9]+)(:?[-?]|\})", text):
        # Keys for rotation are optional: left empty they are derived from SECRET_KEY, which must be given.
        assert not secret.fullmatch(name) or operator == ":?" or f"${{{name}:-}}" in text, f"{name} must be asked for with :?"
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert not secret.fullmatch(name) or str(value).startswith("${"), f"{name} is written into the file"


def test_the_line_at_the_top_writes_every_variable_that_is_asked_for(tmp_path: Path) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    line = re.search(r"^ *# (python3 -c .*>\.env)$", text, re.MULTILINE)
    assert line

    subprocess.run(["sh", "-c", line[1]], cwd=tmp_path, check=True)

    written = [each.split("=")[0] for each in (tmp_path / ".env").read_text().splitlines()]
    assert sorted(written) == sorted(COMPOSE["x-secrets"]) == sorted(set(variables_in(text)))


def test_the_image_takes_locked_packages_and_runs_as_nobody_special() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert "--require-hashes -r requirements.txt" in lines
    assert lines.index("collectstatic") < lines.index("USER ipp")
    assert not re.search(r"^USER root", lines, re.MULTILINE)


def variables_in(text: str) -> list[str]:
    """Return the variables that must be set, in the order they are asked for."""
    return re.findall(r"(?<!\$)\$\{([A-Z_0-9]+):\?", text)


def filled_in(text: str) -> str:
    """Return the text with each variable's name in its place."""
    return re.sub(r"(?<!\$)\$\{([A-Z_0-9]+):\?[^}]*\}", r"\1", text)


def places_of(process: Process) -> dict[str, str]:
    """Return what a container puts in the place of the supervisor's placeholders."""
    port = FIRST_PORT + (process.port_offset or 0)
    return {"python": "python", "host": "0.0.0.0", "port": str(port), "data": "/data", "memory": "/dev/shm"}


def test_the_image_gets_every_app_of_the_house() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")}

    assert apps
    assert apps <= let_in
