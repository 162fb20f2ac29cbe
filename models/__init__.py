"""The method, pure: no clock, network, environment, logging set-up or global randomness."""
