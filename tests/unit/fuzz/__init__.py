"""What fuzzing draws, finds and makes small."""
