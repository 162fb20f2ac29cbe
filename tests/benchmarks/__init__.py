"""Tests of the benchmarks: what they compare, on what, and how they add up."""
