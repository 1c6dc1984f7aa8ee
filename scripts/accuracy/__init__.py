"""What the models and the measures around them are worth, on pictures that may be used freely."""
