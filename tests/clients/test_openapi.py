"""schemathesis asks for everything that the OpenAPI document allows, and for what it forbids."""

import os
import subprocess
import sys
from pathlib import Path

from tests.running import ROOT

from .javascript import HERE


def test_the_api_keeps_to_its_openapi_document(make_server, tmp_path):
    server = make_server(
        DEMO_WORDS_PER_SECOND="1000",
        RATE_LIMIT_CREATES="0",
        RATE_LIMIT_REQUESTS="0",
        WEBHOOK_ALLOW_PRIVATE="true",
    )

    finished = subprocess.run(
        [
            Path(sys.executable).with_name("st"),
            "--no-color",
            *("--config-file", HERE / "schemathesis.toml"),
            *("run", f"{server.url}/v1/openapi.json"),
        ],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "REPLICATE_API_TOKEN": server.token,
        },
        capture_output=True,
        text=True,
        timeout=240,
    )

    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "Traceback" not in server.output()
