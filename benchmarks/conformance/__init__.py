"""The figures of the original, case by case."""
