"""The command `tap-analytics-config`: looks at a config, tries it out, writes it in exact words."""
