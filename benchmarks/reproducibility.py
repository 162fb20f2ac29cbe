"""How far figures differ when the same training runs as on another kind of machine.

    python benchmarks/reproducibility.py [DELIVERY] [--folder DIR]

The same delivery is trained again and again, each time in a process that may use fewer of the
processor's instructions: other kernels of OpenBLAS, numpy without its vector code, a mathematics
library without fused multiplication. Another processor makes the same choices by itself. Without a
delivery three districts and five products of the example municipality are taken.

Printed per case: whether all files are the same bytes, and how far means, and P10, P50 and P90, are
apart (99 % of them within, and the largest): over every series, period and measure (against at
least 1 unit, so that a cent on nothing does not count as much), and over yearly sums per product.
The last case shows for comparison what another seed does.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from models.catalogue import Frequency
from models.edition import open_edition
from models.selection import Selection, answer
from training.sources.example import write_example
from training.tour import cut_delivery

ROOT = Path(__file__).resolve().parents[1]

FIGURES = ("mean", "p10", "p50", "p90")
CASES: dict[str, dict[str, str]] = {
    "as it is": {},
    "again, other hash seed and time zone": {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
    "two threads of BLAS and OpenMP": {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
    "OpenBLAS for Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "OpenBLAS for Sandy Bridge": {"OPENBLAS_CORETYPE": "Sandybridge"},
    "OpenBLAS for Prescott": {"OPENBLAS_CORETYPE": "Prescott"},
    "numpy without AVX2, AVX-512 and FMA": {
        "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL "
        "AVX512_ICL AVX512_SPR AVX2 FMA3 X86_V3 X86_V4"
    },
    "C library without AVX2 and FMA": {
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F,-AVX512VL"
    },
    "all of these at once": {
        "OPENBLAS_CORETYPE": "Prescott",
        "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL "
        "AVX512_ICL AVX512_SPR AVX2 FMA3 X86_V3 X86_V4",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F,-AVX512VL",
    },
    "for scale: another seed of chance": {"BENCHMARK_SEED": "2024"},
}
TRAIN = """
import os, sys, warnings
from pathlib import Path
from training.train import Order, train
warnings.simplefilter("ignore")
seed = int(os.environ.get("BENCHMARK_SEED", "2023"))
order = Order(Path(sys.argv[1]), origins=int(sys.argv[3]), seed=seed)
print(train(order, Path(sys.argv[2])).edition)
"""


def trained(delivery: Path, editions: Path, origins: int, settings: dict[str, str]) -> Path:
    """Train in a process of its own and return the edition."""
    usual = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(delivery), str(editions), str(origins)],
        env=os.environ | usual | settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return Path(done.stdout.strip().splitlines()[-1])


def figures(folder: Path) -> npt.NDArray[np.float64]:
    """Return the forecast figures of an edition, rows x 4."""
    table = pq.read_table(folder / "forecasts.parquet", columns=[*FIGURES, "kind"])
    chosen = table.filter(np.asarray(table["kind"]) == "forecast")
    return np.column_stack([np.asarray(chosen[name], dtype=np.float64) for name in FIGURES])


def sums(folder: Path) -> npt.NDArray[np.float64]:
    """Return the forecast sums per measure, product and year, rows x 4."""
    edition = open_edition(folder)
    parts = []
    for measure in edition.manifest["measures"]:
        found = answer(edition, Selection(measure, by=("product",), frequency=Frequency.YEAR))
        chosen = found["kind"] == "forecast"
        parts.append(np.column_stack([found[name][chosen] for name in FIGURES]))
    return np.vstack(parts).astype(np.float64)


def apart(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> list[float]:
    """Return how far figures are apart, relative: 99 % of means, largest; of bounds likewise."""
    apart = np.abs(one - other) / np.maximum(np.abs(one), 1.0)
    parts = (apart[:, 0], apart[:, 1:])
    return [float(np.nanquantile(part, share)) for part in parts for share in (0.99, 1.0)]


def same_bytes(first: Path, second: Path) -> bool:
    """Tell whether two editions hold the same files, the run block of the manifest apart."""
    one, other = (open_edition(folder).manifest for folder in (first, second))
    return bool(one["sha256"] == other["sha256"])


def main() -> None:
    """Train every case and print how far it differs from the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("delivery", nargs="?", type=Path)
    parser.add_argument("--folder", type=Path, help="where editions are kept")
    parser.add_argument("--origins", type=int, default=3)
    asked = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        delivery = asked.delivery or cut_delivery(
            write_example(folder / "voorbeeldstad"), folder / "klein"
        )
        print(f"{platform.machine()}, Python {platform.python_version()}, {delivery.name}")
        titles = "mean 99 % | largest | bounds 99 % | largest"
        print(f"| case | same bytes | rows: {titles} | sums: {titles} |")
        print(f"| --- | --- |{' ---: |' * 8}")
        base: Path | None = None
        for number, (name, settings) in enumerate(CASES.items()):
            made = trained(delivery, folder / f"editions-{number}", asked.origins, settings)
            base = base or made
            found = [apart(read(base), read(made)) for read in (figures, sums)]
            cells = [f"{100 * value:.2g} %" for value in found[0] + found[1]]
            same = "yes" if same_bytes(base, made) else "no"
            print(f"| {name} | {same} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
