"""What users keep in the service: budgets and scenarios, each of one municipality."""
