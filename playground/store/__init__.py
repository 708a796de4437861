"""The only owner of disk and database."""
