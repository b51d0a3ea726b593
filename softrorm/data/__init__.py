"""Data in and out: tables as files and back, and whole databases as folders.

``export_records`` and ``import_records`` move the records of one table; ``backup``, ``verify`` and ``restore`` a
database with its schema, its links and its files. All of them stream, so that no table is too large, and what was
interrupted goes on where it stopped.
"""
