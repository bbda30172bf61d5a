"""The labs: what can be set, how it is measured, and what a reader of each view meets."""
