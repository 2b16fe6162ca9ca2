"""HTTP: session, auth, origins, paging, retries. Knows no tap, stream, state or config."""
