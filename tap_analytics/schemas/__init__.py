"""One JSON schema file per built-in stream."""
