"""The real server as a process of its own, started as the README starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

import httpx

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """`streamlit run app.py` with these settings; everything it prints is in `.output`."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        """`settings` are environment variables without their prefix, in lower case."""
        self.data_dir = data_dir
        self._settings = settings
        self._lines: list[str] = []
        self._said = threading.Condition()
        self._process: subprocess.Popen[str]
        self.port = free_port()

    @property
    def url(self) -> str:
        """Its address, without a trailing slash."""
        return f"http://localhost:{self.port}"

    @property
    def output(self) -> str:
        """Everything that it has printed so far."""
        return "".join(self._lines)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def start(self) -> Self:
        """Start it and wait until it serves; RuntimeError with its output when it does not."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TRIPTYCH_")}
        environment |= {
            "TRIPTYCH_DATA_DIR": str(self.data_dir),
            **{f"TRIPTYCH_{name.upper()}": value for name, value in self._settings.items()},
            "PYTHONUNBUFFERED": "1",
        }
        up = threading.Event()  # of this process alone: an earlier one's output may end late
        self._process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py",
             "--server.port", str(self.port), "--server.address", "localhost"],
            cwd=ROOT, env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        threading.Thread(target=self._read, args=(self._process, up), daemon=True).start()
        if not up.wait(60) or self._process.poll() is not None:
            raise RuntimeError(f"the server did not start:\n{self.output}")
        httpx.get(f"{self.url}/healthz", timeout=60).raise_for_status()
        return self

    def _read(self, process: subprocess.Popen[str], up: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                with self._said:
                    self._lines.append(line)
                    self._said.notify_all()
                if "URL:" in line:
                    up.set()
        up.set()

    def wait_for_output(self, words: str, timeout_s: float = 10) -> None:
        """Wait until it has printed these words; AssertionError when it never does."""
        with self._said:
            if not self._said.wait_for(lambda: words in self.output, timeout_s):
                raise AssertionError(f"the server never printed {words!r}")

    def stop(self, timeout_s: float = 30) -> int:
        """Ask it to stop, as a service manager does; its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout_s)

    def kill(self) -> None:
        """End it at once, as a crash or a power cut does."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        if self._process.poll() is not None:
            return
        # A killed process cannot write down which of its lines ran, and stopping takes longer.
        if "COVERAGE_PROCESS_CONFIG" in os.environ:
            self.stop()
        else:
            self.kill()
