"""Alembic migrations of the records. They run when the database is opened; there is no alembic.ini.

After changing `models`: `python -m hocso.records.migrations 0002 "What changes"` writes the next one, to be
read and mended by hand. A released migration never changes.
"""
