"""Voorbeeldstad: a synthetic municipality with every file of the data contract.

Nobody in it exists. It is built from published facts (``figures``) and a seed, and shows what real
deliveries show: late declarations, policy that bends the series, small numbers, a recoding, a
provider that stops, a district being built, and budgets that are too low.
"""

from training.sources.example.care import Simulation, simulate
from training.sources.example.folder import write_delivery, write_example

__all__ = ["Simulation", "simulate", "write_delivery", "write_example"]
