"""The method: model code, pure. No clock, network, environment, logging set-up or global randomness."""
