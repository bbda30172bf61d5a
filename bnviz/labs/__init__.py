"""The experiments: what can be set, how it is run, and what comes out, without any drawing."""
