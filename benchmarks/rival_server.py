"""The usual way to serve a forecast: a Prophet model behind ``mlflow models serve``."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from bare import answers
from serving import PATIENCE, free_port

_MONTHS, _AHEAD = 60, 36


@contextmanager
def mlflow_server(folder: Path) -> Iterator[tuple[int, str]]:
    """Serve a Prophet model of a monthly series; yield the port and the body of a question."""
    folder.mkdir(parents=True)
    model = folder / "model"
    ahead = _fitted(model)
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(model)]
    command += ["--env-manager", "local", "-p", str(port), "-h", "127.0.0.1", "-w", "2"]
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            command, env=env, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    try:
        answers(f"http://127.0.0.1:{port}/ping", process)
        yield port, json.dumps({"dataframe_split": ahead.to_dict(orient="split", index=False)})
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)


def _fitted(model: Path) -> pd.DataFrame:
    """Fit and save a model; return the months to ask for."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    import mlflow.prophet  # noqa: PLC0415 - slow to load, needed for this part only
    from prophet import Prophet  # noqa: PLC0415

    months = pd.date_range("2019-01-01", periods=_MONTHS + _AHEAD, freq="MS")
    season = 5 * np.sin(np.arange(_MONTHS) * 2 * np.pi / 12)
    past = pd.DataFrame({"ds": months[:_MONTHS], "y": 100 + np.arange(_MONTHS) + season})
    fitted = Prophet(interval_width=0.8).fit(past)  # its answer has a band, as ours has
    mlflow.prophet.save_model(fitted, str(model))
    return pd.DataFrame({"ds": months[_MONTHS:].strftime("%Y-%m-%d")})
