"""The apps that are measured, each a real server process: ours, and the naive one beside it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

import httpx
import psutil

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Subject(ABC):
    """A Streamlit app in a process of its own, with a data folder of its own."""

    name = ""
    script = ""

    def __init__(self, gateway_url: str, **settings: str) -> None:
        """`settings` are environment variables, as they are named."""
        self._folder = tempfile.TemporaryDirectory(prefix="triptych-bench-")
        self.data_dir = Path(self._folder.name)
        self._gateway_url, self._settings = gateway_url, settings
        self._process: subprocess.Popen[bytes]
        self.port = free_port()

    @property
    def url(self) -> str:
        """Its address, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """What it is started with beside the machine's own environment."""

    def launch(self) -> float:
        """Start the process and return at once; the moment of it in `time.monotonic` seconds."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TRIPTYCH_")}
        environment |= self.environment() | self._settings
        began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", self.script,
             "--server.port", str(self.port), "--server.address", "127.0.0.1",
             "--server.headless", "true", "--browser.gatherUsageStats", "false"],
            cwd=ROOT, env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=(self.data_dir / "stderr.txt").open("wb"),
        )  # fmt: skip
        return began

    def start(self) -> Self:
        """Start it and wait until it answers."""
        self.launch()
        self.wait()
        return self

    def wait(self, within_s: float = 60) -> None:
        """Wait until it answers; RuntimeError with what it printed when it does not."""
        until = time.monotonic() + within_s
        while time.monotonic() < until and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/_stcore/health", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        raise RuntimeError(f"{self.name} did not start: {self.errors()}")

    def errors(self) -> str:
        """What it has printed to its error stream."""
        return (self.data_dir / "stderr.txt").read_text(errors="replace")[-4000:]

    def cpu_s(self) -> float:
        """Processor seconds that it has used, its children included."""
        found = psutil.Process(self.pid).cpu_times()
        return float(found.user + found.system + found.children_user + found.children_system)

    def memory_mb(self) -> float:
        """Memory that is its own (not shared with other processes), in MB."""
        return float(psutil.Process(self.pid).memory_full_info().uss) / 1e6

    def peak_mb(self, *, reset: bool = False) -> float:
        """The largest resident memory since the last reset, in MB, as the kernel noted it."""
        proc = Path(f"/proc/{self.pid}")
        found = next(line for line in (proc / "status").read_text().splitlines() if "VmHWM" in line)
        if reset:
            (proc / "clear_refs").write_text("5")
        return int(found.split()[1]) * 1024 / 1e6

    def disk_bytes(self) -> int:
        """Bytes in its data folder."""
        return sum(one.stat().st_size for one in self.data_dir.rglob("*") if one.is_file())

    def stop(self, within_s: float = 30) -> float:
        """Ask it to stop, as a service manager does; seconds until it had."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(within_s)
        return time.monotonic() - began

    def __enter__(self) -> Self:
        """Start it and wait until it answers."""
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        """Kill what is left of it, and remove its folder."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
        self._folder.cleanup()


class Triptych(Subject):
    """Ours, as the README starts it, with a real gateway configured."""

    name = "Triptych"
    script = "app.py"

    def environment(self) -> dict[str, str]:
        """Nothing but what a team would set, and room for measuring without admission limits."""
        return {
            "TRIPTYCH_GATEWAY_URL": self._gateway_url,
            # As long as real ones are: each reply is searched for it.
            "TRIPTYCH_GATEWAY_TOKEN": "sk-bench-0123456789abcdefghijklmnop",
            "TRIPTYCH_DATA_DIR": str(self.data_dir / "data"),
        }

    def disk_bytes(self) -> int:
        """Bytes in its data folder."""
        data = self.data_dir / "data"
        return sum(one.stat().st_size for one in data.rglob("*") if one.is_file())


class Naive(Subject):
    """The naive app. It gets our `config.toml` too, which only does it good."""

    name = "naive"
    script = "benchmarks/naive_app.py"

    def environment(self) -> dict[str, str]:
        """The gateway's address."""
        return {"NAIVE_GATEWAY_URL": self._gateway_url}
