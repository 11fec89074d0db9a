"""`make check`'s part in Django: production settings pass `check --deploy`, migrations complete."""

import os
import subprocess
import sys
import tempfile

PRODUCTION = {
    "ENV_FILE": os.devnull,
    "PUBLIC_URL": "https://chat.example.org",
    "SECRET_KEY": "not-a-secret-but-long-enough-and-with-many-different-letters-0123456789",
}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "DATA_DIR": folder, **PRODUCTION}
        for command in (
            ["check", "--deploy", "--fail-level", "WARNING"],
            ["makemigrations", "--check"],
        ):
            finished = subprocess.run([sys.executable, "manage.py", *command], env=environment)
            if finished.returncode:
                return finished.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
