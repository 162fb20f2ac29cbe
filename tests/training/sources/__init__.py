"""Tests of Zorgraming: sentences about behaviour."""
