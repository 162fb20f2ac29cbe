"""The registered model: answers forecasts out of one JSON bundle.

MLflow runs this file when it loads the model ("models from code"), far from this repository, so it
imports nothing of the project. No model is fitted or unpickled here: the figures were drawn in
training and are looked up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

FORMAT = 1
KEY = ("municipality", "district", "product", "measure")
ASKED = (*KEY, "period")
FIGURES = ("p10", "p50", "p90", "mean")
ANSWERED = (*ASKED, *FIGURES, "unit")
MONTHS = {"month": 1, "quarter": 3, "year": 12}
MAX_FAULTS = 20


class ForecastModel(PythonModel):
    """Looks up the forecast of a series and period; says so when there is none."""

    def load_context(self, context: Any) -> None:  # noqa: ANN401 - mlflow's own object
        """Read the bundle that was logged with the model.

        Raises:
            ValueError: the bundle's format number is not known here.
        """
        bundle = json.loads(Path(context.artifacts["bundle"]).read_text(encoding="utf-8"))
        if bundle.get("format") != FORMAT:
            raise ValueError(f"bundle format {bundle.get('format')!r} is not known (known: 1)")
        self.edition_id = str(bundle["edition_id"])
        self.series = {tuple(row[name] for name in KEY): row for row in bundle["series"]}

    def predict(
        self,
        context: Any,  # noqa: ANN401 - mlflow's own object
        model_input: pd.DataFrame,
        params: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return P10, P50, P90, mean and unit for every asked series and period.

        Args:
            context: not used.
            model_input: municipality, district, product, measure, period (ISO first day).
            params: not used.

        Raises:
            ValueError: naming every unknown series and every period that was not forecast.
        """
        asked = model_input[list(ASKED)].itertuples(index=False, name=None)
        answers: list[tuple[Any, ...]] = []
        faults: list[str] = []
        for row in asked:
            try:
                answers.append((*row, *self._figures(row[:-1], str(row[-1])[:10])))
            except KeyError as fault:
                faults.append(str(fault.args[0]))
        if faults:
            more = f"; and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
            raise ValueError(f"{self.edition_id}: {'; '.join(faults[:MAX_FAULTS])}{more}")
        return pd.DataFrame(answers, columns=list(ANSWERED))

    def _figures(self, key: tuple[str, ...], period: str) -> tuple[Any, ...]:
        series = self.series.get(key)
        if series is None:
            raise KeyError(f"no forecast of {' / '.join(map(str, key))}")
        last = len(series["mean"])
        step = _steps(series["first_period"], period, MONTHS[series["frequency"]])
        if step is None or not 0 <= step < last:
            raise KeyError(
                f"{' / '.join(key)}: {period} is not among the {last} periods of a "
                f"{series['frequency']} from {series['first_period']}"
            )
        return (*(series[name][step] for name in FIGURES), series["unit"])


def _steps(first: str, period: str, months: int) -> int | None:
    """Return how many periods a first day lies after another, None if it is no first day."""
    try:
        day = pd.Timestamp(period)
    except ValueError:
        return None
    start = pd.Timestamp(first)
    steps, rest = divmod((day.year - start.year) * 12 + day.month - start.month, months)
    return None if rest or day.day != 1 else steps


set_model(ForecastModel())
