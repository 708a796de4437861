"""What the project ships to learn on: a small world, the firm Larkspur, gold rules, simulated annotators."""
