"""Answers from published editions; loads no model code."""
