"""Resources declared in config: from mappings to the same stream class that built-ins use."""
