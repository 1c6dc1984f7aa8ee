"""What ``scripts/sail-check`` does on a box: holds its SAIL against the facts that the TPU engine rests on."""
