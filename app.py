"""Start the playground's web app: what Hugging Face Spaces runs, and what `make app` runs."""

if __name__ == "__main__":
    from playground.__main__ import main

    main(["app"])
