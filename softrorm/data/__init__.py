"""Data in and out: tables as files and back, and whole databases as folders.

``export`` and ``importing`` move the records of one table; ``backup`` and ``restore`` a database with its schema, its
links and its files. All of them stream, so that no table is too large, and what was interrupted goes on where it
stopped. These are long jobs of commands and scripts, so they have no twins for async code.
"""
