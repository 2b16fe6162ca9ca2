"""The demo: the sandbox's API loaded into a real database by Meltano, and compared row by row.

`python -m demo` (or `make demo`) runs it. The tests use its parts: `demo.postgres` starts a server,
`demo.workspace` runs Meltano apart from the user's own project, `demo.contents` reads what a target
has written and compares it by value.
"""
