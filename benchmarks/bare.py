"""The plain alternative: a Flask answer of a given size behind the web server that we use."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

from serving import PATIENCE, free_port

_APP = "import flask; app = flask.Flask('bare'); app.get('/')(lambda: {size} * 'x')"


@contextmanager
def bare_server(size: int) -> Iterator[int]:
    """Serve ``size`` bytes with two workers of four threads, and yield the port."""
    port = free_port()
    code = f"import sys; sys.modules['bare'] = sys.modules['__main__']\n{_APP.format(size=size)}\n"
    code += "from gunicorn.app.wsgiapp import run\n"
    code += "sys.argv = ['gunicorn', '-w2', '-kgthread', '--threads=4', '--preload', "
    code += f"'--no-control-socket', '-b127.0.0.1:{port}', 'bare:app']\nrun()"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    try:
        answers(f"http://127.0.0.1:{port}/", process)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)


def answers(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until something answers at an address.

    Raises:
        SystemExit: the process ended, or does not answer.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 - this machine
                answer.read()
                return
        except (URLError, ConnectionError):
            time.sleep(0.2)
    raise SystemExit(f"{address} does not answer")
