"""One training job, whatever it trains: specification, events, supervisor."""
