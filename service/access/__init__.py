"""Who may ask what: API keys, roles, and the rule that every route states."""
