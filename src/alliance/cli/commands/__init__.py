"""One file per command: its options and what it does, as the value ``COMMAND``."""
