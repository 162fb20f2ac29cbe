"""Turns data into an edition: sources, quality gate, fit, backtest, tracking, publish."""
