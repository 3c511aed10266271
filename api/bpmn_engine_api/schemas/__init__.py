"""The shapes of the API. What it calls differently from us is translated here and nowhere else."""
