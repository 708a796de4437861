"""The app: a thin skin over the package. The web process loads neither torch nor a trainer."""
