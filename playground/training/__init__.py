"""The stages of training, one file each: settings dataclass, then fit."""
