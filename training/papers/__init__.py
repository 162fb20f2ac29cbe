"""Papers written from an edition: model card, register entry, DPIA, IAMA, data quality."""
