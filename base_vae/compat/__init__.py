"""Other people's interfaces over ours, so that what was written for them runs."""
