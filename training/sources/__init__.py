"""Where care use comes from: a panel folder, the example municipality."""
