"""Models on disk, and the variables of the original by name."""
