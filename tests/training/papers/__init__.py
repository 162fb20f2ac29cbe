"""Tests of the papers of an edition."""
