"""The resources of the API; each module holds its routes with their question and answer models."""
